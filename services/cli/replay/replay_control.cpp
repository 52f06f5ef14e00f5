#include "cli/replay/replay_control.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/control_request.hpp"
#include "lib/codec/predicate_codec.hpp"

#include <algorithm>
#include <string>

namespace cw::cli {
namespace {

/// Who stands behind records whose file names nobody.
const Principal kNobody{"offline"};

Error violation(std::string detail) {
  return Error{Errc::kSchemaViolation, std::move(detail)};
}

Result<std::optional<Instant>> instant_of(codec::JsonValue document, std::string_view key) {
  const codec::JsonValue value = document[key];
  if (!value.exists()) return std::optional<Instant>{};
  auto parsed = parse_instant(value.text().value_or(""));
  if (!parsed) return violation(std::string(key) + " is not an RFC 3339 time with an offset");
  return std::optional<Instant>{parsed.value()};
}

Principal principal_of(codec::JsonValue document, std::string_view key) {
  return Principal{document[key].text_or(kNobody.get())};
}

Predicate added_to(const Predicate& approved, const Predicate& addition) {
  const auto* any = std::get_if<Predicate::Any>(&approved.node());
  auto parts = any != nullptr ? any->parts : std::vector<Predicate>{approved};
  parts.push_back(addition);
  return Predicate{Predicate::Any{std::move(parts)}};
}

}  // namespace

Status ReplayControl::set_incident(std::string_view json) {
  auto request = codec::decode_incident_request(json);
  if (!request) return std::move(request).error();
  Incident incident = std::move(request).value().incident;
  auto zone = TimeZone::find(incident.time_zone);
  if (!zone) return std::move(zone).error();
  incident.effective_at =
      request.value().effective_at.value_or(zone.value().start_of(incident.since));
  incident.by = kNobody;
  incident.imported = true;
  incident_ = std::move(incident);
  return Ok{};
}

Status ReplayControl::add_issuer(std::string_view json) {
  auto request = codec::decode_issuer_request(json);
  if (!request) return std::move(request).error();
  Issuer issuer = std::move(request).value().issuer;
  issuer.effective_at = request.value().effective_at.value_or(incident().effective_at);
  issuer.by = kNobody;
  issuer.imported = true;
  issuers_.push_back(std::move(issuer));
  return Ok{};
}

Status ReplayControl::check_attributes(codec::JsonValue predicate) const {
  const auto name = predicate["attribute"].text();
  const auto& declared = incident().attributes;
  if (name && *name != kFileAttribute &&
      std::find(declared.begin(), declared.end(), *name) == declared.end()) {
    return Error{Errc::kPredicateInvalid,
                 "the incident does not declare the attribute \"" + std::string(*name) + "\""};
  }
  std::vector<codec::JsonValue> parts{predicate["not"]};
  for (const std::string_view list : {"all", "any"}) {
    for (const auto part : predicate[list].elements()) parts.push_back(part);
  }
  for (const auto part : parts) {
    if (!part.exists()) continue;
    if (Status status = check_attributes(part); !status) return status;
  }
  return Ok{};
}

Status ReplayControl::add_scope(std::string_view json) {
  const auto document = codec::JsonDocument::parse(json);
  if (!document) return document.error();
  const codec::JsonValue root = document.value().root();
  if (root["incident"].text().value_or(incident().id.get()) != incident().id.get()) {
    return violation("the revision is of another incident");
  }
  auto predicate = codec::decode_predicate(root["predicate"].json());
  if (!predicate) return std::move(predicate).error();
  if (Status status = check_attributes(root["predicate"]); !status) return status;
  const auto effective_at = instant_of(root, "effective_at");
  if (!effective_at) return effective_at.error();
  const auto recorded_at = instant_of(root, "recorded_at");
  if (!recorded_at) return recorded_at.error();
  const std::int64_t before = revisions_.empty() ? 0 : revisions_.back().scope.revision;
  const std::int64_t number = root["revision"].integer_or(before + 1);
  const std::string mode = root["mode"].text_or("replace");
  if (number < 1 || (mode != "add" && mode != "replace")) {
    return violation("wanted a revision from 1 and the mode replace or add");
  }
  const bool known = std::any_of(revisions_.begin(), revisions_.end(), [&](const auto& each) {
    return each.scope.revision == number;
  });
  if (known) {
    return Error{Errc::kConflict, "revision " + std::to_string(number) + " is there already"};
  }
  const bool approved = effective_at.value().has_value();
  ScopeRevision scope;
  scope.incident = incident().id;
  scope.revision = static_cast<std::uint32_t>(number);
  scope.state = approved ? ScopeState::kApproved : ScopeState::kProposed;
  scope.predicate = std::move(predicate).value();
  scope.note = root["note"].text_or("");
  scope.effective_at = effective_at.value().value_or(Instant{});
  scope.recorded_at = recorded_at.value().value_or(scope.effective_at);
  scope.by = principal_of(root, approved ? "approved_by" : "proposed_by");
  scope.imported = true;
  revisions_.push_back({std::move(scope), mode == "add"});
  return Ok{};
}

Control ReplayControl::fold() const {
  CW_ASSERT(incident_.has_value());
  Control control;
  control.apply(*incident_);
  for (const Issuer& issuer : issuers_) control.apply(issuer);
  auto revisions = revisions_;
  std::sort(revisions.begin(), revisions.end(), [](const auto& a, const auto& b) {
    return a.scope.revision < b.scope.revision;
  });
  const Predicate* approved = nullptr;
  for (Revision& each : revisions) {
    if (each.adds && approved != nullptr) {
      each.scope.predicate = added_to(*approved, each.scope.predicate);
    }
    control.apply(each.scope);
    if (each.scope.state == ScopeState::kApproved) approved = &each.scope.predicate;
  }
  return control;
}

}  // namespace cw::cli
