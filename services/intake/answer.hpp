#pragma once

#include "lib/codec/row.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::intake {

/// Counts the rows of an upload and keeps the first refusals for the answer.
class RowTally {
 public:
  explicit RowTally(std::size_t errors_max) : errors_max_(errors_max) {}

  void accept() noexcept { ++accepted_; }
  void refuse(const codec::RowError& error);

  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  [[nodiscard]] const std::vector<codec::RowError>& errors() const noexcept { return errors_; }
  [[nodiscard]] bool has_more_errors() const noexcept { return refused_ > errors_.size(); }

 private:
  std::size_t errors_max_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<codec::RowError> errors_;
};

/// What the sender of an exposed file is told.
struct ExposureAnswer {
  enum class State : std::uint8_t { kLoaded, kAlreadyLoaded, kRefused } state = State::kLoaded;
  std::string upload;  ///< Id of the load; also the source in quarantine.
  std::string sha256;
  RowTally rows;

  [[nodiscard]] std::string json() const;
};

[[nodiscard]] std::string_view text(ExposureAnswer::State state) noexcept;  ///< "loaded" ...

/// What the sender of reports is told. The same content has the same upload id.
struct ReportAnswer {
  std::string upload;
  RowTally rows;

  /// Rows were sent and every one was refused.
  [[nodiscard]] bool nothing_accepted() const noexcept {
    return rows.accepted() == 0 && rows.refused() > 0;
  }
  [[nodiscard]] std::string json() const;
};

}  // namespace cw::intake
