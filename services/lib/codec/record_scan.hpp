#pragma once

#include "lib/domain/record_views.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace cw::codec {

// The hot path's decoders of topic messages. `scan` is true if the message is well-formed, valid
// and usual; `out` then says what decode_report or decode_exposure would, in views into `json`
// (the sealed number and the attributes: into the scanner, until its next scan). False means "ask
// the decoder": it alone tells errors, and it reads what is rare (escapes, unknown or repeated
// members); `out` is then not to be used. No allocation in the steady state. THREAD: not safe.

/// Records of reports.v1.
class ReportScanner {
 public:
  [[nodiscard]] bool scan(std::string_view json, ReportView& out);
};

/// Records of exposures.v1.
class ExposureScanner {
 public:
  [[nodiscard]] bool scan(std::string_view json, ExposureView& out);

 private:
  std::vector<AttributeView> attributes_;
  std::array<char, 128> sealed_{};
};

}  // namespace cw::codec
