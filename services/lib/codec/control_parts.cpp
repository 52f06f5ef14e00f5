#include "lib/codec/control_parts.hpp"

#include "lib/codec/feed_settings_parts.hpp"
#include "lib/codec/field_writer.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kAttributeBytesMax = 64;

bool is_iin_prefix(const Node& node) {
  if (!node.IsString()) return false;
  const std::string_view text = view(node);
  return !text.empty() && text.size() <= 8 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view state_text(IncidentState state) {
  return state == IncidentState::kOpen ? "open" : "closed";
}

FileDeclaration read_file(const Node& node, const Path& path, DocumentForm form, Failure& failure) {
  const ObjectReader object(node, path, failure);
  FileDeclaration file;
  file.name = FileName{object.id("name")};
  file.source = object.optional_text("source", {0, kTextBytesMax}).value_or("");
  file.at_risk_from = object.day("at_risk_from");
  file.at_risk_to = object.day("at_risk_to");
  file.withdrawn_at = form == DocumentForm::kTopic ? object.optional_instant("withdrawn_at")
                                                   : object.written_instant("withdrawn_at");
  if (form == DocumentForm::kWritten) {
    object.only({"name", "source", "at_risk_from", "at_risk_to", "withdrawn_at"});
  }
  if (!failure.error && file.at_risk_to < file.at_risk_from) {
    object.violation("at_risk_to", "a day not before at_risk_from");
  }
  return file;
}

}  // namespace

std::optional<IncidentState> incident_state_from(std::string_view text) noexcept {
  if (text == "open") return IncidentState::kOpen;
  if (text == "closed") return IncidentState::kClosed;
  return {};
}

void read_incident_body(const ObjectReader& object, DocumentForm form, Incident& incident) {
  incident.name = object.text("name", {1, kNameBytesMax});
  incident.time_zone = object.text("time_zone", {1, kNameBytesMax});
  incident.state = object.code("state", incident_state_from);
  incident.since = object.day("since");
  object.each("attributes", kAttributesMax, [&](const Node& node, const Path& path) {
    const bool fits =
        node.IsString() && !view(node).empty() && view(node).size() <= kAttributeBytesMax;
    if (!fits) return object.failure().violation(path, "a column name of 1 to 64 bytes");
    incident.attributes.emplace_back(view(node));
  });
  object.each("files", kFilesMax, [&](const Node& node, const Path& path) {
    incident.files.push_back(read_file(node, path, form, object.failure()));
  });
}

void write_incident_body(JsonWriter& writer, const Incident& incident) {
  writer.string("name", incident.name);
  writer.string("time_zone", incident.time_zone);
  writer.string("state", state_text(incident.state));
  write(writer, "since", incident.since);
  writer.begin_array("attributes");
  for (const std::string& attribute : incident.attributes) writer.string(attribute);
  writer.end_array();
  writer.begin_array("files");
  for (const FileDeclaration& file : incident.files) {
    writer.begin_object().string("name", file.name.get()).string("source", file.source);
    write(writer, "at_risk_from", file.at_risk_from);
    write(writer, "at_risk_to", file.at_risk_to);
    write_optional(writer, "withdrawn_at", file.withdrawn_at);
    writer.end_object();
  }
  writer.end_array();
}

void read_issuer_body(const ObjectReader& object, DocumentForm form, Issuer& issuer) {
  issuer.name = object.text("name", {1, kNameBytesMax});
  object.each("iin_ranges", kRangesMax, [&](const Node& node, const Path& path) {
    if (!is_iin_prefix(node)) {
      return object.failure().violation(path, "a prefix of 1 to 8 digits, as text");
    }
    issuer.iin_ranges.emplace_back(view(node));
  });
  if (const Node* feed = object.optional("feed")) {
    const Path path = object.at("feed");
    issuer.feed = read_feed_settings(*feed, path, form, object.failure());
  }
}

void write_issuer_body(JsonWriter& writer, const Issuer& issuer) {
  writer.string("name", issuer.name);
  writer.begin_array("iin_ranges");
  for (const std::string& range : issuer.iin_ranges) writer.string(range);
  writer.end_array();
  if (issuer.feed) write_feed_settings(writer, *issuer.feed);
}

}  // namespace cw::codec
