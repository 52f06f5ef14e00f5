#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::codec {

/// Something refused and why; the message of quarantine.v1 (schemas/quarantine). Never holds a
/// value of what was refused.
struct QuarantineRecord {
  std::string source;  ///< Upload id, or topic/partition/offset; also the Kafka key.
  std::optional<std::uint64_t> line;
  std::optional<std::string> column;
  Errc code = Errc::kInternal;
  std::string detail;
  Instant received_at;

  friend bool operator==(const QuarantineRecord&, const QuarantineRecord&) = default;
};

/// Fails like decode_exposure.
[[nodiscard]] Result<QuarantineRecord> decode_quarantine(std::string_view json);
[[nodiscard]] std::string encode(const QuarantineRecord& record);
void encode_to(std::string& out, const QuarantineRecord& record);

/// The code with this name ("PAN_LUHN"), if there is one.
[[nodiscard]] std::optional<Errc> errc_from(std::string_view name) noexcept;

}  // namespace cw::codec
