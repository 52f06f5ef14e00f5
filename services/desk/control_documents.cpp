#include "desk/control_documents.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/control_request.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/codec/predicate_codec.hpp"

#include <map>

namespace cw::desk {
namespace {

struct RevisionRecords {
  const ScopeRevision* proposed = nullptr;
  const ScopeRevision* approved = nullptr;
};

void write_revision(codec::JsonWriter& writer, const RevisionRecords& records, bool in_force) {
  const auto& last = records.approved != nullptr ? *records.approved : *records.proposed;
  writer.begin_object().number("revision", last.revision);
  writer.string("state", records.approved != nullptr ? "approved" : "proposed");
  writer.boolean("in_force", in_force);
  writer.raw("predicate", codec::encode(last.predicate));
  if (!last.note.empty()) writer.string("note", last.note);
  if (records.proposed != nullptr) {
    writer.string("proposed_by", records.proposed->by.get());
    writer.string("recorded_at", format_instant(records.proposed->recorded_at));
  }
  if (records.approved != nullptr) {
    writer.string("approved_by", records.approved->by.get());
    writer.string("effective_at", format_instant(records.approved->effective_at));
  }
  if (last.imported) writer.boolean("imported", true);
  writer.end_object();
}

}  // namespace

std::string version_answer(std::string_view what,
                           std::string_view id,
                           std::uint32_t version,
                           std::string_view result) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string(what, id).number("version", version).string("result", result);
  writer.end_object();
  return out;
}

std::string scope_answer(const ControlRecord& record) {
  const auto* scope = std::get_if<ScopeRevision>(&record);
  CW_ASSERT(scope != nullptr);
  const bool approved = scope->state == ScopeState::kApproved;
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("incident", scope->incident.get());
  writer.number("revision", scope->revision).string("state", approved ? "approved" : "proposed");
  if (approved) writer.string("effective_at", format_instant(scope->effective_at));
  writer.end_object();
  return out;
}

std::string incidents_document(const Control& control) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_array();
  for (const auto* incident : control.incidents()) writer.raw(codec::incident_document(*incident));
  writer.end_array();
  return out;
}

std::string issuers_document(const Control& control) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_array();
  for (const auto* issuer : control.issuers()) writer.raw(codec::issuer_document(*issuer));
  writer.end_array();
  return out;
}

std::string scopes_document(const Control& control, const IncidentId& incident) {
  std::map<std::uint32_t, RevisionRecords> revisions;
  for (const auto* scope : control.scopes(incident)) {
    auto& records = revisions[scope->revision];
    (scope->state == ScopeState::kApproved ? records.approved : records.proposed) = scope;
  }
  const auto* in_force = control.scope(incident, Instant::max());
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_array();
  for (const auto& [number, records] : revisions) {
    write_revision(writer, records, in_force != nullptr && in_force->revision == number);
  }
  writer.end_array();
  return out;
}

}  // namespace cw::desk
