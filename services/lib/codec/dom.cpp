#include "lib/codec/dom.hpp"

#include "lib/base/sensitive.hpp"
#include "lib/codec/json_writer.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace cw::codec {
namespace {

/// Deepest nesting of `json`, told before the recursive parser sees it.
bool nests_too_deep(std::string_view json) {
  const auto opens =
      std::count(json.begin(), json.end(), '[') + std::count(json.begin(), json.end(), '{');
  if (static_cast<std::size_t>(opens) <= kNestingMax) return false;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') in_string = !in_string;
    if (in_string) {
      if (c == '\\') ++i;
      continue;
    }
    if ((c == '[' || c == '{') && ++depth > kNestingMax) return true;
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return false;
}

void append_members(JsonWriter& writer, const Node& node, KeyOrder order);

void write_node(JsonWriter& writer, const Node& node, KeyOrder order) {
  switch (node.GetType()) {
    case rapidjson::kNullType:
      writer.null();
      return;
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
      writer.boolean(node.GetBool());
      return;
    case rapidjson::kStringType:
      writer.string(view(node));
      return;
    case rapidjson::kArrayType:
      writer.begin_array();
      for (const Node& element : node.GetArray()) write_node(writer, element, order);
      writer.end_array();
      return;
    case rapidjson::kObjectType:
      append_members(writer, node, order);
      return;
    case rapidjson::kNumberType:
      break;
  }
  if (node.IsInt64()) {
    writer.number(std::int64_t{node.GetInt64()});
  } else if (node.IsUint64()) {
    writer.number(std::uint64_t{node.GetUint64()});
  } else {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> number(buffer);
    number.Double(node.GetDouble());
    writer.raw({buffer.GetString(), buffer.GetSize()});
  }
}

void append_members(JsonWriter& writer, const Node& node, KeyOrder order) {
  std::vector<const Node::Member*> members;
  members.reserve(node.MemberCount());
  for (const auto& member : node.GetObject()) members.push_back(&member);
  if (order == KeyOrder::kSorted) {
    std::stable_sort(members.begin(), members.end(), [](const auto* a, const auto* b) {
      return view(a->name) < view(b->name);
    });
  }
  writer.begin_object();
  for (const auto* member : members) {
    writer.key(view(member->name));
    write_node(writer, member->value, order);
  }
  writer.end_object();
}

}  // namespace

const Node* find(const Node& object, std::string_view key) noexcept {
  for (const auto& member : object.GetObject()) {
    if (view(member.name) == key) return &member.value;
  }
  return nullptr;
}

Dom::Dom()
    : nodes_(small_nodes_.data(), small_nodes_.size()),
      stack_(small_stack_.data(), small_stack_.size()),
      document_(&nodes_, 2048, &stack_) {}

Dom::~Dom() {
  wipe(large_text_ ? large_text_.get() : small_text_.data(), text_bytes_);
}

Status Dom::parse(std::string_view json, std::size_t bytes_max) {
  if (json.size() > bytes_max) {
    return Error{
        Errc::kBodyTooLarge,
        std::to_string(json.size()) + " bytes of JSON; the limit is " + std::to_string(bytes_max)};
  }
  if (nests_too_deep(json)) {
    return Error{Errc::kLimitReached,
                 "JSON nested deeper than " + std::to_string(kNestingMax) + " levels"};
  }
  char* text = small_text_.data();
  if (json.size() >= small_text_.size()) {
    large_text_ = std::make_unique<char[]>(json.size() + 1);
    text = large_text_.get();
  }
  std::memcpy(text, json.data(), json.size());
  text[json.size()] = '\0';
  text_bytes_ = json.size();
  // The in-place parser ends at a NUL: one inside the text would hide what follows it.
  if (const auto nul = json.find('\0'); nul != std::string_view::npos) {
    return Error{Errc::kJsonSyntax, "at offset " + std::to_string(nul) + ": a NUL character"};
  }
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseValidateEncodingFlag;
  document_.ParseInsitu<kFlags>(text);
  if (document_.HasParseError()) {
    return Error{Errc::kJsonSyntax,
                 "at offset " + std::to_string(document_.GetErrorOffset()) + ": " +
                     rapidjson::GetParseError_En(document_.GetParseError())};
  }
  return Ok{};
}

void append_json(std::string& out, const Node& node, KeyOrder order) {
  JsonWriter writer(out);
  write_node(writer, node, order);
}

}  // namespace cw::codec
