#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/record_scan.hpp"
#include "lib/domain/answer.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/record_views.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// Decodes the records of the input topics: the usual ones in place, by the codec's scanners, all
/// others by its decoders, which alone say what is wrong. Beside their errors kKeyMismatch: a
/// record must be filed under the card that it is about, or it would be matched with another's.
/// THREAD: not safe; belongs to its lane.
class InputReader {
 public:
  /// The card that a record is filed under, from its key; nullopt if that is none.
  [[nodiscard]] static std::optional<CardRef> card(std::string_view key) noexcept;

  /// The views are valid until the next call and as long as `value`.
  [[nodiscard]] Result<ReportView> report(const std::optional<CardRef>& filed,
                                          std::string_view value);
  [[nodiscard]] Result<ExposureView> exposure(const std::optional<CardRef>& filed,
                                              std::string_view value);
  [[nodiscard]] static Result<IssuerAnswer> answer(const std::optional<CardRef>& filed,
                                                   std::string_view value);
  [[nodiscard]] static Result<ControlRecord> control(std::string_view value);

 private:
  codec::ReportScanner reports_;
  codec::ExposureScanner exposures_;
  std::optional<ReportRevision> unusual_report_;
  std::optional<ExposureRecord> unusual_exposure_;
  std::vector<AttributeView> attributes_;
};

}  // namespace cw::matcher
