#include "lib/codec/json_value.hpp"

#include "lib/codec/dom.hpp"

namespace cw::codec {

struct JsonDocument::State {
  Dom dom;
};

namespace {

const Node& node_of(const void* node) {
  return *static_cast<const Node*>(node);
}

}  // namespace

bool JsonValue::is_null() const noexcept {
  return exists() && node_of(node_).IsNull();
}
bool JsonValue::is_object() const noexcept {
  return exists() && node_of(node_).IsObject();
}
bool JsonValue::is_array() const noexcept {
  return exists() && node_of(node_).IsArray();
}
bool JsonValue::is_string() const noexcept {
  return exists() && node_of(node_).IsString();
}
bool JsonValue::is_bool() const noexcept {
  return exists() && node_of(node_).IsBool();
}
bool JsonValue::is_number() const noexcept {
  return exists() && node_of(node_).IsNumber();
}

JsonValue JsonValue::operator[](std::string_view key) const noexcept {
  return is_object() ? JsonValue(find(node_of(node_), key)) : JsonValue();
}

JsonValue JsonValue::operator[](std::size_t index) const noexcept {
  if (!is_array() || index >= size()) return {};
  return JsonValue(&node_of(node_)[static_cast<rapidjson::SizeType>(index)]);
}

std::size_t JsonValue::size() const noexcept {
  if (is_array()) return node_of(node_).Size();
  return is_object() ? node_of(node_).MemberCount() : 0;
}

std::vector<std::pair<std::string_view, JsonValue>> JsonValue::members() const {
  std::vector<std::pair<std::string_view, JsonValue>> result;
  if (!is_object()) return result;
  for (const auto& member : node_of(node_).GetObject()) {
    result.emplace_back(view(member.name), JsonValue(&member.value));
  }
  return result;
}

std::vector<JsonValue> JsonValue::elements() const {
  std::vector<JsonValue> result;
  if (!is_array()) return result;
  for (const Node& element : node_of(node_).GetArray()) result.push_back(JsonValue(&element));
  return result;
}

std::optional<std::string_view> JsonValue::text() const noexcept {
  if (!is_string()) return {};
  return view(node_of(node_));
}

std::optional<std::int64_t> JsonValue::integer() const noexcept {
  if (!exists() || !node_of(node_).IsInt64()) return {};
  return node_of(node_).GetInt64();
}

std::optional<std::uint64_t> JsonValue::unsigned_integer() const noexcept {
  if (!exists() || !node_of(node_).IsUint64()) return {};
  return node_of(node_).GetUint64();
}

std::optional<double> JsonValue::number() const noexcept {
  if (!is_number()) return {};
  return node_of(node_).GetDouble();
}

std::optional<bool> JsonValue::boolean() const noexcept {
  if (!is_bool()) return {};
  return node_of(node_).GetBool();
}

std::string JsonValue::text_or(std::string_view otherwise) const {
  return std::string(text().value_or(otherwise));
}

std::int64_t JsonValue::integer_or(std::int64_t otherwise) const noexcept {
  return integer().value_or(otherwise);
}

bool JsonValue::boolean_or(bool otherwise) const noexcept {
  return boolean().value_or(otherwise);
}

std::string JsonValue::json() const {
  if (!exists()) return "null";
  std::string out;
  append_json(out, node_of(node_), KeyOrder::kDocument);
  return out;
}

std::string JsonValue::canonical() const {
  if (!exists()) return "null";
  std::string out;
  append_json(out, node_of(node_), KeyOrder::kSorted);
  return out;
}

JsonDocument::JsonDocument(std::unique_ptr<State> state) : state_(std::move(state)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::size_t bytes_max) {
  auto state = std::make_unique<State>();
  Status parsed = state->dom.parse(text, bytes_max);
  if (!parsed) return std::move(parsed).error();
  return JsonDocument(std::move(state));
}

JsonValue JsonDocument::root() const noexcept {
  return JsonValue(&state_->dom.root());
}

}  // namespace cw::codec
