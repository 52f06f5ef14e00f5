#pragma once

#include "lib/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::issuer {

/// What was accepted, still encrypted.
struct JournalRecord {
  static constexpr std::size_t kIdBytesMax = 256;
  static constexpr std::size_t kBodyBytesMax = std::size_t{32} << 20U;

  std::string_view id;  ///< webhook-id; journal_compaction.hpp has some of its own.
  Instant received_at;
  std::string_view body;  ///< JWE compact, of a push verbatim.
};

/// The bytes of a record: length, length inverted (so that a damaged length is told from a half
/// written record), 16 bytes of SHA-256 over the payload; then the payload: id, line break,
/// instant, line break, body.
inline constexpr std::size_t kRecordHeaderBytes = 24;

/// The id must not hold a line break.
[[nodiscard]] std::string encode_record(const JournalRecord& record);

/// Of the payload; nothing if the header is damaged.
[[nodiscard]] std::optional<std::size_t> record_length(std::string_view header);

/// Views into `payload`; nothing if it is damaged.
[[nodiscard]] std::optional<JournalRecord> decode_record(std::string_view header,
                                                         std::string_view payload);

}  // namespace cw::issuer
