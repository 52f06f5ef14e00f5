#include "lib/codec/fact_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/object_reader.hpp"

namespace cw::codec {
namespace {

/// Empty where a report stands under no incident.
IncidentId read_incident(const ObjectReader& object) {
  const Node* node = object.required("incident");
  const bool none = node != nullptr && node->IsString() && node->GetStringLength() == 0;
  return none ? IncidentId{} : IncidentId{object.id("incident")};
}

FactMessage read(const ObjectReader& object) {
  FactMessage message;
  Fact& fact = message.fact;
  fact.id.incident = read_incident(object);
  fact.id.issuer = IssuerId{object.id("issuer")};
  fact.id.report = ReportId{object.id("report_id")};
  fact.id.known_from = object.instant("known_from");
  fact.revision = object.number32("revision", 1);
  fact.card = object.card("card");
  fact.card_issuer = IssuerId{object.id("card_issuer")};
  fact.outcome = object.code("outcome", outcome_from);
  fact.active = object.flag("active");
  fact.attributable = object.flag("attributable");
  fact.scope_revision = object.number32("scope_revision", 0);
  fact.member = object.optional_text("member");
  fact.reported_at = object.instant("reported_at");
  fact.received_at = object.instant("received_at");
  fact.disposition = object.optional_code("disposition", disposition_from);
  fact.fraud_type = object.code("fraud_type", fraud_type_from);
  fact.approved = object.optional_flag("approved");
  fact.imported = object.optional_flag("imported").value_or(false);
  message.retracted = object.optional_flag("retracted").value_or(false);
  return message;
}

}  // namespace

Result<FactMessage> decode_fact(std::string_view json) {
  return decode_message<FactMessage>(json, read);
}

void encode_to(std::string& out, const FactMessage& message) {
  const Fact& fact = message.fact;
  JsonWriter writer(out);
  writer.begin_object().number("v", 1);
  writer.string("incident", fact.id.incident.get());
  writer.string("issuer", fact.id.issuer.get());
  writer.string("report_id", fact.id.report.get());
  writer.number("revision", fact.revision);
  write(writer, "known_from", fact.id.known_from);
  write(writer, "card", fact.card);
  writer.string("card_issuer", fact.card_issuer.get());
  writer.string("outcome", text(fact.outcome));
  writer.boolean("active", fact.active).boolean("attributable", fact.attributable);
  writer.number("scope_revision", fact.scope_revision);
  write_optional(writer, "member", fact.member);
  write(writer, "reported_at", fact.reported_at);
  write(writer, "received_at", fact.received_at);
  if (fact.disposition) writer.string("disposition", text(*fact.disposition));
  writer.string("fraud_type", text(fact.fraud_type));
  write_optional(writer, "approved", fact.approved);
  write_flag(writer, "imported", fact.imported);
  write_flag(writer, "retracted", message.retracted);
  writer.end_object();
}

std::string encode(const FactMessage& message) {
  std::string out;
  out.reserve(640);
  encode_to(out, message);
  return out;
}

}  // namespace cw::codec
