#include "lib/codec/watch_parts.hpp"

#include "lib/codec/field_writer.hpp"

namespace cw::codec {

void write_reason(JsonWriter& writer, const WatchReason& reason) {
  writer.begin_object();
  write(writer, "at_risk_from", reason.at_risk_from);
  write(writer, "at_risk_to", reason.at_risk_to);
  writer.begin_array("elements").string("PAN").string("EXPIRY").end_array();
  writer.string("file", reason.file.get()).string("incident", reason.incident.get());
  writer.string("level", text(reason.level)).number("scope_revision", reason.scope_revision);
  write(writer, "since", reason.since);
  writer.end_object();
}

std::vector<WatchReason> read_reasons(const ObjectReader& object) {
  std::vector<WatchReason> reasons;
  object.each("incidents", kReasonsMax, [&](const Node& node, const Path& path) {
    const ObjectReader element(node, path, object.failure());
    WatchReason reason;
    reason.incident = IncidentId{element.id("incident")};
    reason.file = FileName{element.id("file")};
    reason.level = element.code("level", watch_level_from);
    reason.scope_revision = element.number32("scope_revision", 0);
    reason.since = element.day("since");
    reason.at_risk_from = element.day("at_risk_from");
    reason.at_risk_to = element.day("at_risk_to");
    constexpr std::size_t kElementsMax = 16;
    element.each("elements", kElementsMax, [&](const Node& name, const Path& place) {
      if (!name.IsString()) object.failure().violation(place, "text");
    });
    reasons.push_back(std::move(reason));
  });
  return reasons;
}

std::optional<WatchLevel> read_level(const ObjectReader& object, FeedOp op) {
  const Node* node = object.required("level");
  if (node == nullptr) return {};
  if (op == FeedOp::kDelt) {
    if (!node->IsNull()) object.violation("level", "null in a DELT");
    return {};
  }
  return object.code("level", watch_level_from);
}

void expect_null(const ObjectReader& object, std::string_view key) {
  const Node* node = object.required(key);
  if (node != nullptr && !node->IsNull()) object.violation(key, "null");
}

}  // namespace cw::codec
