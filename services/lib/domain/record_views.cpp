#include "lib/domain/record_views.hpp"

namespace cw {
namespace {

std::string_view text_of(const std::optional<std::string>& text) {
  return text ? std::string_view{*text} : std::string_view{};
}

std::optional<std::string> optional_text(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{std::string{text}};
}

}  // namespace

ReportView view_of(const ReportRevision& report) {
  ReportView view;
  view.issuer = report.issuer.get();
  view.report = report.report.get();
  view.revision = report.revision;
  view.action = report.action;
  view.card = report.card;
  view.filed_under = report.filed_under;
  view.iin = report.iin;
  view.expiry = report.expiry;
  view.attempted_at = report.attempted_at;
  view.reported_at = report.reported_at;
  view.received_at = report.received_at;
  view.amount = text_of(report.amount);
  view.currency = text_of(report.currency);
  view.mcc = text_of(report.mcc);
  view.country = text_of(report.country);
  view.channel = text_of(report.channel);
  view.approved = report.approved;
  view.fraud_type = report.fraud_type;
  view.disposition = report.disposition;
  view.member = text_of(report.member);
  if (report.incident) view.incident = report.incident->get();
  view.match_key = report.match_key;
  view.imported = report.imported;
  return view;
}

ExposureView view_of(const ExposureRecord& record, std::vector<AttributeView>& attributes) {
  attributes.assign(record.attributes.begin(), record.attributes.end());
  ExposureView view;
  view.incident = record.incident.get();
  view.file = record.file.get();
  view.record = record.record;
  view.card = record.card;
  view.iin = record.iin;
  view.expiry = record.expiry;
  view.attributes = attributes;
  view.member = text_of(record.member);
  view.sealed_pan = record.sealed_pan;
  view.file_key = record.file_key;
  view.match_key = record.match_key;
  view.received_at = record.received_at;
  view.imported = record.imported;
  return view;
}

FactView view_of(const Fact& fact) {
  FactView view;
  view.incident = fact.id.incident.get();
  view.issuer = fact.id.issuer.get();
  view.report = fact.id.report.get();
  view.known_from = fact.id.known_from;
  view.revision = fact.revision;
  view.card = fact.card;
  view.card_issuer = fact.card_issuer.get();
  view.outcome = fact.outcome;
  view.active = fact.active;
  view.attributable = fact.attributable;
  view.scope_revision = fact.scope_revision;
  view.member = text_of(fact.member);
  view.reported_at = fact.reported_at;
  view.received_at = fact.received_at;
  view.disposition = fact.disposition;
  view.fraud_type = fact.fraud_type;
  view.approved = fact.approved;
  view.imported = fact.imported;
  return view;
}

ReportRevision to_report(const ReportView& view) {
  ReportRevision report;
  report.issuer = IssuerId{std::string{view.issuer}};
  report.report = ReportId{std::string{view.report}};
  report.revision = view.revision;
  report.action = view.action;
  report.card = view.card;
  report.filed_under = view.filed_under;
  report.iin = view.iin;
  report.expiry = view.expiry;
  report.attempted_at = view.attempted_at;
  report.reported_at = view.reported_at;
  report.received_at = view.received_at;
  report.amount = optional_text(view.amount);
  report.currency = optional_text(view.currency);
  report.mcc = optional_text(view.mcc);
  report.country = optional_text(view.country);
  report.channel = optional_text(view.channel);
  report.approved = view.approved;
  report.fraud_type = view.fraud_type;
  report.disposition = view.disposition;
  report.member = optional_text(view.member);
  if (!view.incident.empty()) report.incident = IncidentId{std::string{view.incident}};
  report.match_key = std::string{view.match_key};
  report.imported = view.imported;
  return report;
}

ExposureRecord to_exposure(const ExposureView& view) {
  ExposureRecord record;
  record.incident = IncidentId{std::string{view.incident}};
  record.file = FileName{std::string{view.file}};
  record.record = view.record;
  record.card = view.card;
  record.iin = view.iin;
  record.expiry = view.expiry;
  record.attributes.assign(view.attributes.begin(), view.attributes.end());
  record.member = optional_text(view.member);
  record.sealed_pan = std::string{view.sealed_pan};
  record.file_key = std::string{view.file_key};
  record.match_key = std::string{view.match_key};
  record.received_at = view.received_at;
  record.imported = view.imported;
  return record;
}

Fact to_fact(const FactView& view) {
  Fact fact;
  fact.id = {IncidentId{std::string{view.incident}},
             IssuerId{std::string{view.issuer}},
             ReportId{std::string{view.report}},
             view.known_from};
  fact.revision = view.revision;
  fact.card = view.card;
  fact.card_issuer = IssuerId{std::string{view.card_issuer}};
  fact.outcome = view.outcome;
  fact.active = view.active;
  fact.attributable = view.attributable;
  fact.scope_revision = view.scope_revision;
  fact.member = optional_text(view.member);
  fact.reported_at = view.reported_at;
  fact.received_at = view.received_at;
  fact.disposition = view.disposition;
  fact.fraud_type = view.fraud_type;
  fact.approved = view.approved;
  fact.imported = view.imported;
  return fact;
}

}  // namespace cw
