#include "lib/codec/quarantine_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/object_reader.hpp"

#include <map>

namespace cw::codec {
namespace {

constexpr std::size_t kSourceBytesMax = 256;

/// The codes are consecutive from 1; name() answers "UNKNOWN" after the last.
std::map<std::string_view, Errc> codes_by_name() {
  std::map<std::string_view, Errc> result;
  for (int code = 1; name(static_cast<Errc>(code)) != "UNKNOWN"; ++code) {
    result.emplace(name(static_cast<Errc>(code)), static_cast<Errc>(code));
  }
  return result;
}

QuarantineRecord read(const ObjectReader& object) {
  QuarantineRecord record;
  record.source = object.text("source", {1, kSourceBytesMax});
  if (object.optional("line") != nullptr) record.line = object.number("line", 1);
  record.column = object.optional_text("column");
  record.code = object.code("code", errc_from);
  record.detail = object.text("detail", {0, kTextBytesMax});
  record.received_at = object.instant("received_at");
  return record;
}

/// At most `max` bytes, not cut inside a character.
std::string_view shorten(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xc0U) == 0x80U) --max;
  return text.substr(0, max);
}

}  // namespace

std::optional<Errc> errc_from(std::string_view name) noexcept {
  static const std::map<std::string_view, Errc> codes = codes_by_name();
  const auto found = codes.find(name);
  if (found == codes.end()) return {};
  return found->second;
}

Result<QuarantineRecord> decode_quarantine(std::string_view json) {
  return decode_message<QuarantineRecord>(json, read);
}

void encode_to(std::string& out, const QuarantineRecord& record) {
  JsonWriter writer(out);
  writer.begin_object().number("v", 1).string("source", record.source);
  if (record.line) writer.number("line", *record.line);
  write_optional(writer, "column", record.column);
  writer.string("code", name(record.code));
  writer.string("detail", shorten(record.detail, kTextBytesMax));
  write(writer, "received_at", record.received_at);
  writer.end_object();
}

std::string encode(const QuarantineRecord& record) {
  std::string out;
  encode_to(out, record);
  return out;
}

}  // namespace cw::codec
