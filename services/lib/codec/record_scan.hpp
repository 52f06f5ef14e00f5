#pragma once

#include "lib/domain/record_views.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace cw::codec {

/// Memory of a scanner, into which its views point.
class ScanBuffer {
 public:
  /// A copy of `json` that may be parsed in place: ends with NUL and padding.
  [[nodiscard]] char* copy(std::string_view json);

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

// The hot path's decoders of topic messages. `scan` is true if the message is well-formed, valid
// and usual; `out` then says what decode_report or decode_exposure would, as views that live until
// the next scan. False means "ask the decoder": it alone tells errors, and it reads what is rare
// (unknown or repeated members, nesting, more than 1 MiB). No allocation once the buffers have
// grown. THREAD: not safe.

/// Records of reports.v1.
class ReportScanner {
 public:
  [[nodiscard]] bool scan(std::string_view json, ReportView& out);

 private:
  ScanBuffer text_;
};

/// Records of exposures.v1.
class ExposureScanner {
 public:
  [[nodiscard]] bool scan(std::string_view json, ExposureView& out);

 private:
  ScanBuffer text_;
  std::vector<AttributeView> attributes_;
};

}  // namespace cw::codec
