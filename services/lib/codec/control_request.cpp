#include "lib/codec/control_request.hpp"

#include "lib/codec/control_parts.hpp"
#include "lib/codec/field_writer.hpp"
#include "lib/codec/predicate_reader.hpp"
#include "lib/codec/row.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace cw::codec {
namespace {

/// Columns of an exposed file that are not attributes.
constexpr std::array<std::string_view, 4> kReservedColumns{"pan", "expiry", "member", "file"};

void check_attributes(const ObjectReader& object, const Incident& incident) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < incident.attributes.size(); ++i) {
    const std::string& name = incident.attributes[i];
    const Path list = object.at("attributes");
    const Path path{&list, {}, i};
    if (is_sensitive_column(name)) {
      object.failure().set(Errc::kSensitiveData,
                           "at " + path.pointer() + ": " + printable_name(name) +
                               " names sensitive authentication data");
    }
    const auto reserved = std::find(kReservedColumns.begin(), kReservedColumns.end(), name);
    if (reserved != kReservedColumns.end()) {
      object.failure().violation(path, "another name than pan, expiry, member or file");
    }
    if (!seen.insert(name).second) object.failure().violation(path, "each attribute once");
  }
}

void check_files(const ObjectReader& object, const Incident& incident) {
  std::set<FileName> seen;
  for (std::size_t i = 0; i < incident.files.size(); ++i) {
    const Path list = object.at("files");
    const Path path{&list, {}, i};
    if (!seen.insert(incident.files[i].name).second) {
      object.failure().violation(path, "each file name once");
    }
  }
}

void check_zone(const ObjectReader& object, const Incident& incident) {
  if (object.failure().error) return;
  if (!TimeZone::find(incident.time_zone)) {
    object.violation("time_zone", "an IANA time zone, e.g. Asia/Tokyo");
  }
}

IncidentRequest read_incident(const ObjectReader& object) {
  object.only({"id",
               "version",
               "name",
               "time_zone",
               "state",
               "since",
               "attributes",
               "files",
               "effective_at"});
  IncidentRequest request;
  request.incident.id = IncidentId{object.id("id")};
  request.incident.version = object.number32("version", 1);
  read_incident_body(object, DocumentForm::kWritten, request.incident);
  request.effective_at = object.written_instant("effective_at");
  check_attributes(object, request.incident);
  check_files(object, request.incident);
  check_zone(object, request.incident);
  return request;
}

IssuerRequest read_issuer(const ObjectReader& object) {
  object.only({"id", "version", "name", "iin_ranges", "feed", "effective_at"});
  IssuerRequest request;
  request.issuer.id = IssuerId{object.id("id")};
  request.issuer.version = object.number32("version", 1);
  read_issuer_body(object, DocumentForm::kWritten, request.issuer);
  request.effective_at = object.written_instant("effective_at");
  if (request.issuer.id == kUnassignedIssuer) {
    object.violation("id", "another id: this one stands for cards without an issuer");
  }
  return request;
}

std::optional<ScopeMode> scope_mode_from(std::string_view text) {
  if (text == "replace") return ScopeMode::kReplace;
  if (text == "add") return ScopeMode::kAdd;
  return {};
}

ScopeRequest read_scope(const ObjectReader& object) {
  object.only({"predicate", "mode", "note", "recorded_at"});
  ScopeRequest request{Predicate{Predicate::Any{}}, ScopeMode::kReplace, {}, {}};
  if (const Node* predicate = object.required("predicate")) {
    const Path path = object.at("predicate");
    request.predicate = read_predicate(*predicate, path, object.failure());
  }
  if (const auto mode = object.optional_code("mode", scope_mode_from)) request.mode = *mode;
  request.note = object.optional_text("note", {0, kNoteBytesMax}).value_or("");
  request.recorded_at = object.written_instant("recorded_at");
  return request;
}

ApproveRequest read_approve(const ObjectReader& object) {
  object.only({"effective_at"});
  return {object.written_instant("effective_at")};
}

}  // namespace

Result<IncidentRequest> decode_incident_request(std::string_view json) {
  return decode_object<IncidentRequest>(json, read_incident);
}

Result<IssuerRequest> decode_issuer_request(std::string_view json) {
  return decode_object<IssuerRequest>(json, read_issuer);
}

Result<ScopeRequest> decode_scope_request(std::string_view json) {
  return decode_object<ScopeRequest>(json, read_scope);
}

Result<ApproveRequest> decode_approve_request(std::string_view json) {
  if (json.empty()) return ApproveRequest{};
  return decode_object<ApproveRequest>(json, read_approve);
}

Result<Instant> decode_nil_return_request(std::string_view json) {
  return decode_object<Instant>(json, [](const ObjectReader& object) {
    object.only({"until"});
    if (object.required("until") == nullptr) return Instant{};
    return object.written_instant("until").value_or(Instant{});
  });
}

std::string incident_document(const Incident& incident) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().string("id", incident.id.get()).number("version", incident.version);
  write_incident_body(writer, incident);
  writer.end_object();
  return out;
}

std::string issuer_document(const Issuer& issuer) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().string("id", issuer.id.get()).number("version", issuer.version);
  write_issuer_body(writer, issuer);
  writer.end_object();
  return out;
}

}  // namespace cw::codec
