#include "lib/codec/control_codec.hpp"

#include "lib/codec/control_parts.hpp"
#include "lib/codec/field_writer.hpp"
#include "lib/codec/figure_codec.hpp"
#include "lib/codec/formats.hpp"
#include "lib/codec/predicate_codec.hpp"
#include "lib/codec/predicate_reader.hpp"

#include <variant>

namespace cw::codec {
namespace {

constexpr std::size_t kPrincipalBytesMax = 256;
constexpr std::size_t kWrappedKeyBytesMax = 8192;
constexpr std::size_t kSha256HexBytes = 64;

/// "by" and "imported", which all kinds have.
template <class Record>
void read_origin(const ObjectReader& object, Record& record) {
  record.by = Principal{std::string(object.text("by", {1, kPrincipalBytesMax}))};
  record.imported = object.optional_flag("imported").value_or(false);
}

template <class Record>
void write_origin(JsonWriter& writer, const Record& record) {
  writer.string("by", record.by.get());
  write_flag(writer, "imported", record.imported);
}

Incident read_incident(const ObjectReader& object) {
  Incident incident;
  incident.id = IncidentId{object.id("id")};
  incident.version = object.number32("version", 1);
  read_incident_body(object, DocumentForm::kTopic, incident);
  incident.effective_at = object.instant("effective_at");
  read_origin(object, incident);
  return incident;
}

Issuer read_issuer(const ObjectReader& object) {
  Issuer issuer;
  issuer.id = IssuerId{object.id("id")};
  issuer.version = object.number32("version", 1);
  read_issuer_body(object, DocumentForm::kTopic, issuer);
  issuer.effective_at = object.instant("effective_at");
  read_origin(object, issuer);
  return issuer;
}

std::optional<ScopeState> scope_state_from(std::string_view text) {
  if (text == "proposed") return ScopeState::kProposed;
  if (text == "approved") return ScopeState::kApproved;
  return {};
}

std::string_view state_text(ScopeState state) {
  return state == ScopeState::kProposed ? "proposed" : "approved";
}

ScopeRevision read_scope(const ObjectReader& object) {
  ScopeRevision scope;
  scope.incident = IncidentId{object.id("incident")};
  scope.revision = object.number32("revision", 1);
  scope.state = object.code("state", scope_state_from);
  if (const Node* predicate = object.required("predicate")) {
    const Path path = object.at("predicate");
    scope.predicate = read_predicate(*predicate, path, object.failure());
  }
  scope.note = object.optional_text("note", {0, kNoteBytesMax}).value_or("");
  if (scope.state == ScopeState::kApproved) scope.effective_at = object.instant("effective_at");
  scope.recorded_at = object.instant("recorded_at");
  read_origin(object, scope);
  return scope;
}

std::optional<FileLoadState> load_state_from(std::string_view text) {
  if (text == "opened") return FileLoadState::kOpened;
  if (text == "loaded") return FileLoadState::kLoaded;
  return {};
}

std::string_view state_text(FileLoadState state) {
  return state == FileLoadState::kOpened ? "opened" : "loaded";
}

FileLoad read_file_load(const ObjectReader& object) {
  FileLoad load;
  load.incident = IncidentId{object.id("incident")};
  load.file = FileName{object.id("file")};
  load.key = object.id("key");
  load.wrapped_key = object.text("wrapped_key", {1, kWrappedKeyBytesMax});
  load.state = object.code("state", load_state_from);
  load.records = object.number("records", 0);
  load.refused = object.number("refused", 0);
  const std::string_view sha256 = object.text("sha256", {0, kSha256HexBytes});
  const bool fits = load.state == FileLoadState::kOpened ? sha256.empty() : is_hex256(sha256);
  if (!fits) object.violation("sha256", "64 lower-case hex characters, or none while opened");
  load.sha256 = sha256;
  load.received_at = object.instant("received_at");
  read_origin(object, load);
  return load;
}

NilReturn read_nil_return(const ObjectReader& object) {
  NilReturn record;
  record.issuer = IssuerId{object.id("issuer")};
  record.until = object.instant("until");
  record.received_at = object.instant("received_at");
  record.by = Principal{std::string(object.text("by", {1, kPrincipalBytesMax}))};
  return record;
}

class ControlWriter {
 public:
  explicit ControlWriter(JsonWriter& writer) : writer_(writer) {}

  void operator()(const Incident& incident) const {
    writer_.string("kind", "incident").string("id", incident.id.get());
    writer_.number("version", incident.version);
    write_incident_body(writer_, incident);
    write(writer_, "effective_at", incident.effective_at);
    write_origin(writer_, incident);
  }
  void operator()(const Issuer& issuer) const {
    writer_.string("kind", "issuer").string("id", issuer.id.get());
    writer_.number("version", issuer.version);
    write_issuer_body(writer_, issuer);
    write(writer_, "effective_at", issuer.effective_at);
    write_origin(writer_, issuer);
  }
  void operator()(const ScopeRevision& scope) const {
    writer_.string("kind", "scope").string("incident", scope.incident.get());
    writer_.number("revision", scope.revision).string("state", state_text(scope.state));
    writer_.raw("predicate", encode(scope.predicate));
    if (!scope.note.empty()) writer_.string("note", scope.note);
    if (scope.state == ScopeState::kApproved) {
      write(writer_, "effective_at", scope.effective_at);
    }
    write(writer_, "recorded_at", scope.recorded_at);
    write_origin(writer_, scope);
  }
  void operator()(const FileLoad& load) const {
    writer_.string("kind", "file_load").string("incident", load.incident.get());
    writer_.string("file", load.file.get()).string("key", load.key);
    writer_.string("wrapped_key", load.wrapped_key).string("state", state_text(load.state));
    writer_.number("records", load.records).number("refused", load.refused);
    writer_.string("sha256", load.sha256);
    write(writer_, "received_at", load.received_at);
    write_origin(writer_, load);
  }
  void operator()(const Figure& figure) const {
    writer_.string("kind", "figure");
    write_figure(writer_, figure);
  }
  void operator()(const NilReturn& record) const {
    writer_.string("kind", "nil_return").string("issuer", record.issuer.get());
    write(writer_, "until", record.until);
    write(writer_, "received_at", record.received_at);
    writer_.string("by", record.by.get());
  }

 private:
  JsonWriter& writer_;
};

struct ControlKey {
  std::string operator()(const Incident& incident) const {
    return "incident/" + incident.id.get() + "/" + std::to_string(incident.version);
  }
  std::string operator()(const Issuer& issuer) const {
    return "issuer/" + issuer.id.get() + "/" + std::to_string(issuer.version);
  }
  std::string operator()(const ScopeRevision& scope) const {
    return "scope/" + scope.incident.get() + "/" + std::to_string(scope.revision) + "/" +
           std::string(state_text(scope.state));
  }
  std::string operator()(const FileLoad& load) const {
    return "file-load/" + load.incident.get() + "/" + load.file.get() + "/" + load.key + "/" +
           std::string(state_text(load.state));
  }
  std::string operator()(const Figure& figure) const {
    return "figure/" + figure.definition.incident.get() + "/" + std::to_string(figure.number);
  }
  std::string operator()(const NilReturn& record) const {
    return "nil-return/" + record.issuer.get() + "/" + format_instant(record.until);
  }
};

ControlRecord read_control(const ObjectReader& object) {
  const std::string_view kind = object.text("kind");
  if (kind == "incident") return read_incident(object);
  if (kind == "issuer") return read_issuer(object);
  if (kind == "scope") return read_scope(object);
  if (kind == "file_load") return read_file_load(object);
  if (kind == "figure") return read_figure(object);
  if (kind == "nil_return") return read_nil_return(object);
  object.violation("kind", "incident, issuer, scope, file_load, figure or nil_return");
  return Incident{};
}

}  // namespace

Result<ControlRecord> decode_control(std::string_view json) {
  return decode_message<ControlRecord>(json, read_control);
}

void encode_to(std::string& out, const ControlRecord& record) {
  JsonWriter writer(out);
  writer.begin_object().number("v", 1);
  std::visit(ControlWriter{writer}, record);
  writer.end_object();
}

std::string encode(const ControlRecord& record) {
  std::string out;
  encode_to(out, record);
  return out;
}

std::string control_key(const ControlRecord& record) {
  return std::visit(ControlKey{}, record);
}

}  // namespace cw::codec
