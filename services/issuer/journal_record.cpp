#include "issuer/journal_record.hpp"

#include "lib/base/assert.hpp"
#include "lib/crypto/sha256.hpp"

#include <algorithm>

namespace cw::issuer {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kChecksumAt = 2 * kLengthBytes;
constexpr std::size_t kChecksumBytes = kRecordHeaderBytes - kChecksumAt;
constexpr std::size_t kPayloadBytesMax =
    JournalRecord::kBodyBytesMax + 2 * JournalRecord::kIdBytesMax;
constexpr unsigned kByteBits = 8;
constexpr unsigned kByteMask = 0xff;

void append_number(std::string& out, std::uint32_t number) {
  for (unsigned shift = kLengthBytes * kByteBits; shift > 0; shift -= kByteBits) {
    out += static_cast<char>((number >> (shift - kByteBits)) & kByteMask);
  }
}

std::uint32_t read_number(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(0, kLengthBytes)) {
    number = (number << kByteBits) | static_cast<unsigned char>(c);
  }
  return number;
}

std::string checksum(std::string_view payload) {
  const auto digest = crypto::sha256(payload);
  return {digest.begin(), digest.begin() + kChecksumBytes};
}

}  // namespace

std::string encode_record(const JournalRecord& record) {
  CW_ASSERT(record.id.find('\n') == std::string_view::npos);
  std::string payload;
  payload.reserve(record.id.size() + record.body.size() + JournalRecord::kIdBytesMax);
  payload.append(record.id).append("\n").append(format_instant(record.received_at)).append("\n");
  payload.append(record.body);
  CW_ASSERT(payload.size() <= kPayloadBytesMax);

  const auto length = static_cast<std::uint32_t>(payload.size());
  std::string bytes;
  bytes.reserve(kRecordHeaderBytes + payload.size());
  append_number(bytes, length);
  append_number(bytes, ~length);
  return bytes.append(checksum(payload)).append(payload);
}

std::optional<std::size_t> record_length(std::string_view header) {
  CW_ASSERT(header.size() == kRecordHeaderBytes);
  const std::uint32_t length = read_number(header);
  const bool whole = read_number(header.substr(kLengthBytes)) == ~length;
  if (!whole || length == 0 || length > kPayloadBytesMax) return std::nullopt;
  return length;
}

std::optional<JournalRecord> decode_record(std::string_view header, std::string_view payload) {
  if (checksum(payload) != header.substr(kChecksumAt)) return std::nullopt;
  const std::size_t id_end = payload.find('\n');
  if (id_end == std::string_view::npos) return std::nullopt;
  const std::size_t time_end = payload.find('\n', id_end + 1);
  if (time_end == std::string_view::npos) return std::nullopt;
  const auto received = parse_instant(payload.substr(id_end + 1, time_end - id_end - 1));
  if (!received) return std::nullopt;
  return JournalRecord{.id = payload.substr(0, id_end),
                       .received_at = received.value(),
                       .body = payload.substr(time_end + 1)};
}

}  // namespace cw::issuer
