#include "desk/control_rules.hpp"
#include "lib/codec/predicate_codec.hpp"

#include <algorithm>
#include <string>

namespace cw::desk {
namespace {

/// Walks a predicate and keeps the first thing that the incident does not declare.
class DeclaredCheck {
 public:
  explicit DeclaredCheck(const Incident& incident) : incident_(incident) {}

  void operator()(const Predicate::All& node) { parts(node.parts); }
  void operator()(const Predicate::Any& node) { parts(node.parts); }
  void operator()(const Predicate::Not& node) { parts(node.part); }
  void operator()(const Predicate::Equals& node) {
    attribute(node.attribute);
    value(node.attribute, node.value);
  }
  void operator()(const Predicate::In& node) {
    attribute(node.attribute);
    for (const auto& each : node.values) value(node.attribute, each);
  }
  void operator()(const Predicate::Between& node) { attribute(node.attribute); }
  void operator()(const Predicate::Prefix& node) { attribute(node.attribute); }
  void operator()(const Predicate::Missing& node) { attribute(node.attribute); }

  [[nodiscard]] Status status() const {
    if (problem_.empty()) return Ok{};
    return Error{Errc::kPredicateInvalid, problem_};
  }

 private:
  void parts(const std::vector<Predicate>& parts) {
    for (const auto& part : parts) std::visit(*this, part.node());
  }

  void attribute(const std::string& name) {
    const auto& declared = incident_.attributes;
    if (name == kFileAttribute || !problem_.empty()) return;
    if (std::find(declared.begin(), declared.end(), name) == declared.end()) {
      problem_ = "the incident does not declare the attribute \"" + name + '"';
    }
  }

  /// A file's name in a predicate that no file has would select nothing, which nobody means.
  void value(const std::string& name, const std::string& text) {
    if (name != kFileAttribute || !problem_.empty()) return;
    const auto& files = incident_.files;
    const bool declared = std::any_of(
        files.begin(), files.end(), [&](const auto& file) { return file.name.get() == text; });
    if (!declared) problem_ = "the incident does not declare the file \"" + text + '"';
  }

  const Incident& incident_;
  std::string problem_;
};

Result<const Incident*> open_incident(const Control& control, const IncidentId& id) {
  const auto* incident = control.incident(id);
  if (incident == nullptr) {
    return Error{Errc::kUnknownIncident, "no incident \"" + id.get() + '"'};
  }
  if (incident->state == IncidentState::kClosed) {
    return Error{Errc::kIncidentClosed, "the incident \"" + id.get() + "\" is closed"};
  }
  return incident;
}

/// any[approved, added]; an approved `any` takes the addition as one more part, so that repeated
/// additions do not nest.
Predicate added_to(const Predicate& approved, const Predicate& addition) {
  const auto* any = std::get_if<Predicate::Any>(&approved.node());
  auto parts = any != nullptr ? any->parts : std::vector<Predicate>{approved};
  parts.push_back(addition);
  return Predicate{Predicate::Any{std::move(parts)}};
}

Result<Predicate> resolve(const Control& control,
                          const Incident& incident,
                          const codec::ScopeRequest& request) {
  DeclaredCheck check{incident};
  std::visit(check, request.predicate.node());
  if (auto declared = check.status(); !declared) return declared.error();
  const auto* approved = control.scope(incident.id, Instant::max());
  if (request.mode == codec::ScopeMode::kReplace || approved == nullptr) return request.predicate;
  // Decoding checks the bounds of depth and size for the whole.
  return codec::decode_predicate(codec::encode(added_to(approved->predicate, request.predicate)));
}

struct Revision {
  const ScopeRevision* proposed = nullptr;
  const ScopeRevision* approved = nullptr;
};

Revision find_revision(const Control& control, const IncidentId& id, std::uint32_t number) {
  Revision found;
  for (const auto* scope : control.scopes(id)) {
    if (scope->revision != number) continue;
    (scope->state == ScopeState::kProposed ? found.proposed : found.approved) = scope;
  }
  return found;
}

/// R15: a smaller number has an effect only before a greater one takes effect.
const ScopeRevision* superseding(const Control& control, const ScopeRevision& asked, Instant at) {
  for (const auto* scope : control.scopes(asked.incident)) {
    if (scope->state == ScopeState::kApproved && scope->revision > asked.revision &&
        scope->effective_at <= at) {
      return scope;
    }
  }
  return nullptr;
}

Status check_approvable(const Revision& found, std::uint32_t number, const Caller& caller) {
  const auto name = "revision " + std::to_string(number);
  if (found.proposed == nullptr) return Error{Errc::kNotFound, name + " was not proposed"};
  if (found.approved != nullptr) {
    return Error{Errc::kScopeState, name + " was already approved by " + found.approved->by.get()};
  }
  if (found.proposed->by == caller.name) {
    return Error{Errc::kSamePrincipal, name + " was proposed by " + caller.name.get()};
  }
  return Ok{};
}

}  // namespace

Result<Decision> propose_scope(const Control& control,
                               const IncidentId& incident,
                               const codec::ScopeRequest& request,
                               const Caller& caller) {
  const auto moment = moment_of(request.recorded_at, caller, "recorded_at");
  if (!moment) return moment.error();
  const auto open = open_incident(control, incident);
  if (!open) return open.error();
  auto predicate = resolve(control, *open.value(), request);
  if (!predicate) return predicate.error();
  ScopeRevision proposal;
  proposal.incident = incident;
  proposal.revision = 1;
  for (const auto* scope : control.scopes(incident)) {
    proposal.revision = std::max(proposal.revision, scope->revision + 1);
  }
  proposal.predicate = std::move(predicate).value();
  proposal.note = request.note;
  proposal.recorded_at = moment.value().at;
  proposal.by = caller.name;
  proposal.imported = moment.value().imported;
  return Decision{Change::kCreated, proposal.revision, ControlRecord{proposal}};
}

Result<Decision> approve_scope(const Control& control,
                               const IncidentId& incident,
                               std::uint32_t revision,
                               const codec::ApproveRequest& request,
                               const Caller& caller) {
  const auto moment = moment_of(request.effective_at, caller, "effective_at");
  if (!moment) return moment.error();
  const auto open = open_incident(control, incident);
  if (!open) return open.error();
  const auto found = find_revision(control, incident, revision);
  if (auto approvable = check_approvable(found, revision, caller); !approvable) {
    return approvable.error();
  }
  auto approval = *found.proposed;
  if (const auto* greater = superseding(control, approval, moment.value().at)) {
    return Error{Errc::kScopeState,
                 "revision " + std::to_string(greater->revision) +
                     " is in force already; this one would have no effect"};
  }
  approval.state = ScopeState::kApproved;
  approval.recorded_at = moment.value().at;
  approval.effective_at = moment.value().at;
  approval.by = caller.name;
  approval.imported = moment.value().imported;
  return Decision{Change::kUpdated, revision, ControlRecord{approval}};
}

}  // namespace cw::desk
