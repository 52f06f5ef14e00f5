#include "lib/codec/watch_parts.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/json_append.hpp"

namespace cw::codec {

char* append_reason(char* out, const WatchReason& reason) noexcept {
  out = append(out, R"({"at_risk_from":")");
  out = write_day(out, reason.at_risk_from);
  out = append(out, R"(","at_risk_to":")");
  out = write_day(out, reason.at_risk_to);
  out = append(out, R"(","elements":["PAN","EXPIRY"],"file":")");
  out = append(out, reason.file.get());
  out = append(out, R"(","incident":")");
  out = append(out, reason.incident.get());
  out = append(out, R"(","level":")");
  out = append(out, text(reason.level));
  out = append(out, R"(","scope_revision":)");
  out = append_number(out, reason.scope_revision);
  out = append(out, R"(,"since":")");
  out = write_day(out, reason.since);
  return append(out, R"("})");
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
