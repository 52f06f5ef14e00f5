#include "lib/codec/schema.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/dom.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/codec/schema_table.hpp"

#include <rapidjson/schema.h>

#include <map>
#include <memory>
#include <mutex>

namespace cw::codec {
namespace {

/// The compiled schemas. Compiled patterns keep scratch space inside, so that even validating
/// changes them: one mutex guards it all.
class SchemaBook final : public rapidjson::IRemoteSchemaDocumentProvider {
 public:
  [[nodiscard]] Status validate(std::string_view name, const Node& document) {
    const std::lock_guard lock(mutex_);
    const rapidjson::SchemaDocument* schema = compiled(name);
    if (schema == nullptr) {
      return Error{Errc::kNotFound, "no schema named " + printable_name(name)};
    }
    rapidjson::SchemaValidator validator(*schema);
    if (document.Accept(validator)) return Ok{};
    const char* keyword = validator.GetInvalidSchemaKeyword();
    return Error{Errc::kSchemaViolation,
                 "at " + place(validator) + ": fails the keyword " +
                     (keyword == nullptr ? "?" : keyword) + " of schemas/" + std::string(name)};
  }

  /// "../predicate/v1.json", from inside another schema. (RapidJSON 1.1 hands the URI over without
  /// its last character, hence the search for the name between the slashes.)
  const rapidjson::SchemaDocument* GetRemoteDocument(const char* uri,
                                                     rapidjson::SizeType length) override {
    std::string_view text(uri, length);
    if (!text.starts_with("../")) return nullptr;
    text.remove_prefix(3);
    return compiled(text.substr(0, text.find('/')));
  }

 private:
  const rapidjson::SchemaDocument* compiled(std::string_view name) {
    if (const auto found = documents_.find(name); found != documents_.end()) {
      return found->second.get();
    }
    const std::string_view text = schema_text(name);
    if (text.empty()) return nullptr;
    rapidjson::Document json;
    json.Parse(text.data(), text.size());
    CW_ASSERT(!json.HasParseError());
    auto document = std::make_unique<rapidjson::SchemaDocument>(json, this);
    return documents_.emplace(name, std::move(document)).first->second.get();
  }

  /// Keys of the document stand in the pointer, as far as they may be shown.
  static std::string place(const rapidjson::SchemaValidator& validator) {
    const auto pointer = validator.GetInvalidDocumentPointer();
    std::string result;
    for (std::size_t i = 0; i < pointer.GetTokenCount(); ++i) {
      const auto& token = pointer.GetTokens()[i];
      const std::string_view key(token.name, token.length);
      const bool shown = printable_name(key) != kNameNotShown;
      result += "/" + (shown ? std::string(key) : std::string(kNameNotShown));
    }
    return result.empty() ? "the document" : result;
  }

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<rapidjson::SchemaDocument>, std::less<>> documents_;
};

}  // namespace

std::vector<std::string_view> schema_names() {
  std::vector<std::string_view> names;
  for (const EmbeddedSchema& schema : embedded_schemas()) names.push_back(schema.name);
  return names;
}

std::string_view schema_text(std::string_view name) noexcept {
  for (const EmbeddedSchema& schema : embedded_schemas()) {
    if (schema.name == name) return schema.text;
  }
  return {};
}

Status validate(std::string_view schema_name, std::string_view json) {
  static SchemaBook book;
  Dom dom;
  if (Status parsed = dom.parse(json, kMessageBytesMax); !parsed) return parsed;
  return book.validate(schema_name, dom.root());
}

}  // namespace cw::codec
