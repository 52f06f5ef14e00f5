#include "lib/codec/exposure_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/codec/report_times.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

constexpr std::size_t kSealedBytesMax = 128;
constexpr std::size_t kAttributesMax = 256;

Attributes read_attributes(const ObjectReader& object) {
  Attributes result;
  const Node* node = object.required("attrs");
  if (node == nullptr) return result;
  if (!node->IsObject() || node->MemberCount() > kAttributesMax) {
    object.violation("attrs", "an object of at most 256 members");
    return result;
  }
  result.reserve(node->MemberCount());
  for (const auto& member : node->GetObject()) {
    const bool fits = member.value.IsString() && view(member.value).size() <= kTextBytesMax;
    if (!fits || member.name.GetStringLength() == 0) {
      object.violation("attrs", "text of at most 1024 bytes under each name");
      return result;
    }
    result.emplace_back(view(member.name), view(member.value));
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(result.begin(), result.end(), by_name)) {
    std::sort(result.begin(), result.end(), by_name);
  }
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::adjacent_find(result.begin(), result.end(), same_name) != result.end()) {
    object.violation("attrs", "each name once");
  }
  return result;
}

ExposureRecord read(const ObjectReader& object) {
  ExposureRecord record;
  record.card = object.card("card");
  record.iin = object.iin("iin");
  record.incident = IncidentId{object.id("incident")};
  record.file = FileName{object.id("file")};
  record.record = object.number("record", 1);
  record.expiry = object.expiry("expiry");
  record.attributes = read_attributes(object);
  record.member = object.optional_text("member");
  record.sealed_pan = object.bytes("sealed", kSealedBytesMax);
  record.file_key = object.id("key");
  record.match_key = object.id("match_key");
  record.received_at = object.instant("received_at");
  if (!object.failure().error && record.received_at < kEarliestTime) {
    object.failure().set(Errc::kTimestampRange, "at /received_at: before 1990");
  }
  record.imported = object.optional_flag("imported").value_or(false);
  return record;
}

}  // namespace

Result<ExposureRecord> decode_exposure(std::string_view json) {
  return decode_message<ExposureRecord>(json, read);
}

void encode_to(std::string& out, const ExposureRecord& record) {
  JsonWriter writer(out);
  writer.begin_object().number("v", 1);
  write(writer, "card", record.card);
  write_iin(writer, record.iin);
  writer.string("incident", record.incident.get());
  writer.string("file", record.file.get());
  writer.number("record", record.record);
  write(writer, "expiry", record.expiry);
  writer.begin_object("attrs");
  for (const auto& [name, value] : record.attributes) writer.string(name, value);
  writer.end_object();
  write_optional(writer, "member", record.member);
  write_bytes(writer, "sealed", record.sealed_pan);
  writer.string("key", record.file_key);
  writer.string("match_key", record.match_key);
  write(writer, "received_at", record.received_at);
  write_flag(writer, "imported", record.imported);
  writer.end_object();
}

std::string encode(const ExposureRecord& record) {
  std::string out;
  out.reserve(512);
  encode_to(out, record);
  return out;
}

}  // namespace cw::codec
