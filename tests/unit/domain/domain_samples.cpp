#include "unit/domain/domain_samples.hpp"

#include "lib/base/assert.hpp"

#include <utility>

namespace cw::test {

Instant at(std::string_view text) {
  return parse_instant(text).value();
}
Day day(std::string_view text) {
  return parse_day(text).value();
}
Expiry expiry(std::string_view text) {
  return Expiry::parse(text).value();
}

CardRef card(std::uint8_t number) {
  CardRef ref;
  ref.bytes.fill(number);
  return ref;
}

FileDeclaration file(std::string_view name, std::string_view at_risk_from) {
  FileDeclaration declared;
  declared.name = FileName{std::string(name)};
  declared.source = "source of " + std::string(name);
  declared.at_risk_from = day(at_risk_from);
  declared.at_risk_to = day("2008-04-10");
  return declared;
}

Incident incident() {
  Incident sample;
  sample.id = kLeak;
  sample.name = "The leak";
  sample.time_zone = "Asia/Tokyo";
  sample.since = day("2009-07-14");
  sample.attributes = {"channel", "product"};
  sample.files = {file("extract-1", "2008-03-10")};
  sample.effective_at = at("2009-07-20T00:00:00Z");
  sample.by = Principal{"desk-a"};
  return sample;
}

Issuer issuer(std::string_view id, std::vector<std::string> ranges) {
  Issuer sample;
  sample.id = IssuerId{std::string(id)};
  sample.name = "Issuer " + std::string(id);
  sample.iin_ranges = std::move(ranges);
  sample.effective_at = at("2009-07-01T00:00:00Z");
  sample.by = Principal{"desk-a"};
  return sample;
}

Predicate channel_is(std::string_view value) {
  return Predicate{Predicate::Equals{"channel", std::string(value)}};
}

ScopeRevision scope(std::uint32_t number, Predicate predicate, std::string_view effective_at) {
  ScopeRevision sample;
  sample.incident = kLeak;
  sample.revision = number;
  sample.state = ScopeState::kApproved;
  sample.predicate = std::move(predicate);
  sample.recorded_at = at(effective_at);
  sample.effective_at = at(effective_at);
  sample.by = Principal{"desk-b"};
  return sample;
}

ExposureRecord record() {
  ExposureRecord sample;
  sample.incident = kLeak;
  sample.file = kFile;
  sample.record = 1;
  sample.card = card(1);
  sample.iin = kIin;
  sample.expiry = expiry("2010-03");
  sample.attributes = {{"channel", "internet"}};
  sample.sealed_pan = "sealed-1";
  sample.file_key = "fk-1";
  sample.match_key = "mk-1";
  sample.received_at = at("2009-07-22T00:00:00Z");
  return sample;
}

ReportRevision report() {
  ReportRevision sample;
  sample.issuer = kJcb;
  sample.report = ReportId{"R-1"};
  sample.card = card(1);
  sample.iin = kIin;
  sample.reported_at = at("2009-07-23T01:00:00Z");
  sample.received_at = at("2009-07-23T02:00:00Z");
  sample.fraud_type = FraudType::kCnpUse;
  sample.match_key = "mk-1";
  return sample;
}

ReportRevision revision(std::uint32_t number, ReportAction action, std::string_view received_at) {
  auto sample = report();
  sample.revision = number;
  sample.action = action;
  sample.received_at = at(received_at);
  sample.content_hash[0] = static_cast<std::uint8_t>(number);
  return sample;
}

Control control(const std::vector<ControlRecord>& records) {
  Control folded;
  for (const auto& item : records) folded.apply(item);
  return folded;
}

Control plain_control() {
  return control({incident(), issuer("jcb-a", {"3569"})});
}

CardInputs inputs(const std::vector<ExposureRecord>& records,
                  const std::vector<ReportRevision>& revisions) {
  CardInputs all;
  for (const auto& item : records) CW_ASSERT(all.add(item).has_value());
  for (const auto& item : revisions) CW_ASSERT(all.add(item).has_value());
  return all;
}

}  // namespace cw::test
