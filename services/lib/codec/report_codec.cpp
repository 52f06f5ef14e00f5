#include "lib/codec/report_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/formats.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/codec/report_times.hpp"
#include "lib/crypto/sha256.hpp"

namespace cw::codec {
namespace {

constexpr std::size_t kChannelBytesMax = 64;

std::optional<std::string> read_format(const ObjectReader& object,
                                       std::string_view key,
                                       bool (*holds)(std::string_view) noexcept,
                                       std::string_view wanted) {
  auto text = object.optional_text(key);
  if (text && !holds(*text)) object.violation(key, wanted);
  return text;
}

void read_details(const ObjectReader& object, ReportRevision& report) {
  report.amount = read_format(object, "amount", is_amount, "a decimal amount, not negative");
  report.currency = read_format(object, "currency", is_currency, "an ISO 4217 code");
  report.mcc = read_format(object, "mcc", is_mcc, "four digits");
  report.country = read_format(object, "country", is_country, "an ISO 3166 code");
  report.channel = object.optional_text("channel", {1, kChannelBytesMax});
  report.approved = object.optional_flag("approved");
  report.fraud_type = object.code("fraud_type", fraud_type_from);
  report.disposition = object.optional_code("disposition", disposition_from);
  report.member = object.optional_text("member");
  if (object.optional("incident") != nullptr) report.incident = IncidentId{object.id("incident")};
}

void check_time(const ObjectReader& object, std::string_view key, Instant told, Instant received) {
  if (time_in_range(told, received)) return;
  object.failure().set(Errc::kTimestampRange,
                       "at " + object.at(key).pointer() +
                           ": before 1990, or more than 24 hours after it was received");
}

void check_times(const ObjectReader& object, const ReportRevision& report) {
  if (object.failure().error) return;
  check_time(object, "received_at", report.received_at, report.received_at);
  check_time(object, "reported_at", report.reported_at, report.received_at);
  if (report.attempted_at) {
    check_time(object, "attempted_at", *report.attempted_at, report.received_at);
  }
}

ReportRevision read(const ObjectReader& object) {
  ReportRevision report;
  report.issuer = IssuerId{object.id("issuer")};
  report.report = ReportId{object.id("report_id")};
  report.revision = object.number32("revision", 1);
  report.action = object.code("action", action_from);
  report.card = object.card("card");
  if (object.optional("filed_under") != nullptr) report.filed_under = object.card("filed_under");
  report.iin = object.iin("iin");
  report.expiry = object.optional_expiry("expiry");
  report.attempted_at = object.optional_instant("attempted_at");
  report.reported_at = object.instant("reported_at");
  report.received_at = object.instant("received_at");
  read_details(object, report);
  report.match_key = object.id("match_key");
  report.imported = object.optional_flag("imported").value_or(false);
  check_times(object, report);
  return report;
}

}  // namespace

Result<ReportRevision> decode_report(std::string_view json) {
  auto decoded = decode_message<ReportRevision>(json, read);
  if (!decoded) return decoded;
  ReportRevision report = std::move(decoded).value();
  report.content_hash = content_hash(report);
  return report;
}

void encode_to(std::string& out, const ReportRevision& report) {
  JsonWriter writer(out);
  writer.begin_object().number("v", 1);
  writer.string("issuer", report.issuer.get());
  writer.string("report_id", report.report.get());
  writer.number("revision", report.revision);
  writer.string("action", text(report.action));
  write(writer, "card", report.card);
  write_optional(writer, "filed_under", report.filed_under);
  write_iin(writer, report.iin);
  write_optional(writer, "expiry", report.expiry);
  write_optional(writer, "attempted_at", report.attempted_at);
  write(writer, "reported_at", report.reported_at);
  write(writer, "received_at", report.received_at);
  write_optional(writer, "amount", report.amount);
  write_optional(writer, "currency", report.currency);
  write_optional(writer, "mcc", report.mcc);
  write_optional(writer, "country", report.country);
  write_optional(writer, "channel", report.channel);
  write_optional(writer, "approved", report.approved);
  writer.string("fraud_type", text(report.fraud_type));
  if (report.disposition) writer.string("disposition", text(*report.disposition));
  write_optional(writer, "member", report.member);
  if (report.incident) writer.string("incident", report.incident->get());
  writer.string("match_key", report.match_key);
  write_flag(writer, "imported", report.imported);
  writer.end_object();
}

std::string encode(const ReportRevision& report) {
  std::string out;
  out.reserve(640);
  encode_to(out, report);
  return out;
}

// Keys in bytewise order. Adding a member changes the hash of records that have it, and only
// theirs. What says how the record came here (received_at, imported, filed_under) is left out.
std::string canonical_report(const ReportRevision& report) {
  std::string out;
  out.reserve(640);
  JsonWriter writer(out);
  writer.begin_object().string("action", text(report.action));
  write_optional(writer, "amount", report.amount);
  write_optional(writer, "approved", report.approved);
  write_optional(writer, "attempted_at", report.attempted_at);
  write(writer, "card", report.card);
  write_optional(writer, "channel", report.channel);
  write_optional(writer, "country", report.country);
  write_optional(writer, "currency", report.currency);
  if (report.disposition) writer.string("disposition", text(*report.disposition));
  write_optional(writer, "expiry", report.expiry);
  writer.string("fraud_type", text(report.fraud_type));
  write_iin(writer, report.iin);
  if (report.incident) writer.string("incident", report.incident->get());
  writer.string("issuer", report.issuer.get());
  writer.string("match_key", report.match_key);
  write_optional(writer, "mcc", report.mcc);
  write_optional(writer, "member", report.member);
  writer.string("report_id", report.report.get());
  write(writer, "reported_at", report.reported_at);
  writer.number("revision", report.revision);
  writer.number("v", 1);
  writer.end_object();
  return out;
}

std::array<std::uint8_t, 32> content_hash(const ReportRevision& report) {
  return crypto::sha256(canonical_report(report));
}

}  // namespace cw::codec
