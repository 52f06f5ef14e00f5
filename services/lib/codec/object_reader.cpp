#include "lib/codec/object_reader.hpp"

#include "lib/crypto/base64.hpp"
#include "lib/domain/ids.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The one form that topics use, "2009-07-23T01:00:00.000Z".
bool is_topic_instant(std::string_view text) {
  return text.size() == 24 && text[10] == 'T' && text[19] == '.' && text[23] == 'Z';
}

}  // namespace

std::string Path::pointer() const {
  if (parent == nullptr) return "";
  std::string result = parent->pointer() + "/";
  if (key.empty()) return result + std::to_string(index);
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

void Failure::violation(const Path& path, std::string_view wanted) {
  if (error) return;
  const std::string pointer = path.pointer();
  set(Errc::kSchemaViolation,
      "at " + (pointer.empty() ? std::string("the document") : pointer) + ": wanted " +
          std::string(wanted));
}

void Failure::set(Errc code, std::string detail) {
  if (!error) error = Error{code, std::move(detail)};
}

ObjectReader::ObjectReader(const Node& node, const Path& path, Failure& failure)
    : node_(node.IsObject() ? &node : nullptr), path_(path), failure_(failure) {
  if (node_ == nullptr) failure_.violation(path_, "an object");
}

const Node* ObjectReader::optional(std::string_view key) const noexcept {
  return node_ == nullptr ? nullptr : find(*node_, key);
}

const Node* ObjectReader::required(std::string_view key) const {
  const Node* node = optional(key);
  if (node == nullptr && node_ != nullptr) violation(key, "a value, it is missing");
  return node;
}

std::string_view ObjectReader::checked_text(const Node* node,
                                            std::string_view key,
                                            TextBounds bounds) const {
  if (node == nullptr) return {};
  if (!node->IsString()) {
    violation(key, "text");
    return {};
  }
  const std::string_view text = view(*node);
  if (text.size() < bounds.min || text.size() > bounds.max) {
    violation(
        key,
        "text of " + std::to_string(bounds.min) + " to " + std::to_string(bounds.max) + " bytes");
    return {};
  }
  return text;
}

std::string_view ObjectReader::text(std::string_view key, TextBounds bounds) const {
  return checked_text(required(key), key, bounds);
}

std::optional<std::string> ObjectReader::optional_text(std::string_view key,
                                                       TextBounds bounds) const {
  const Node* node = optional(key);
  if (node == nullptr) return {};
  return std::string(checked_text(node, key, bounds));
}

std::string ObjectReader::id(std::string_view key) const {
  const Node* node = required(key);
  if (node == nullptr) return {};
  const std::string_view text = checked_text(node, key, {1, kIdLengthMax});
  if (!is_id(text)) violation(key, "an id: 1 to 64 letters, digits, dots, underscores, hyphens");
  return std::string(text);
}

std::uint64_t ObjectReader::number(std::string_view key,
                                   std::uint64_t min,
                                   std::uint64_t max) const {
  const Node* node = required(key);
  if (node == nullptr) return min;
  if (!node->IsUint64() || node->GetUint64() < min || node->GetUint64() > max) {
    violation(key, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  return node->GetUint64();
}

std::uint32_t ObjectReader::number32(std::string_view key, std::uint32_t min) const {
  return static_cast<std::uint32_t>(number(key, min, std::numeric_limits<std::int32_t>::max()));
}

bool ObjectReader::flag(std::string_view key) const {
  const Node* node = required(key);
  if (node == nullptr) return false;
  if (!node->IsBool()) violation(key, "true or false");
  return node->IsTrue();
}

std::optional<bool> ObjectReader::optional_flag(std::string_view key) const {
  if (optional(key) == nullptr) return {};
  return flag(key);
}

Instant ObjectReader::instant(std::string_view key) const {
  const Node* node = required(key);
  if (node == nullptr) return {};
  if (node->IsString() && is_topic_instant(view(*node))) {
    if (auto parsed = parse_instant(view(*node))) return parsed.value();
  }
  violation(key, "a time as 2009-07-23T01:00:00.000Z");
  return {};
}

std::optional<Instant> ObjectReader::optional_instant(std::string_view key) const {
  if (optional(key) == nullptr) return {};
  return instant(key);
}

std::optional<Instant> ObjectReader::written_instant(std::string_view key) const {
  const Node* node = optional(key);
  if (node == nullptr) return {};
  if (node->IsString()) {
    if (auto parsed = parse_instant(view(*node))) return parsed.value();
  }
  violation(key, "an RFC 3339 time with an offset, e.g. 2009-07-23T10:00:00+09:00");
  return {};
}

Day ObjectReader::day(std::string_view key) const {
  const Node* node = required(key);
  if (node != nullptr && node->IsString()) {
    if (auto parsed = parse_day(view(*node))) return parsed.value();
  }
  if (node != nullptr) violation(key, "a day as YYYY-MM-DD");
  return Day{};
}

Expiry ObjectReader::expiry(std::string_view key) const {
  const Node* node = required(key);
  if (node != nullptr && node->IsString()) {
    if (auto parsed = Expiry::parse(view(*node))) return parsed.value();
  }
  if (node != nullptr) violation(key, "an expiry as YYYY-MM");
  return {};
}

std::optional<Expiry> ObjectReader::optional_expiry(std::string_view key) const {
  if (optional(key) == nullptr) return {};
  return expiry(key);
}

CardRef ObjectReader::card(std::string_view key) const {
  const Node* node = required(key);
  if (node != nullptr && node->IsString()) {
    if (auto parsed = CardRef::from_hex(view(*node))) return parsed.value();
  }
  if (node != nullptr) violation(key, "a card reference of 32 hexadecimal characters");
  return {};
}

Iin ObjectReader::iin(std::string_view key) const {
  const std::string_view text = checked_text(required(key), key, {8, 8});
  if (!all_digits(text)) violation(key, "eight digits");
  Iin value = 0;
  for (const char c : text) value = value * 10 + static_cast<Iin>(c - '0');
  return value;
}

std::string ObjectReader::bytes(std::string_view key, std::size_t bytes_max) const {
  const Node* node = required(key);
  if (node == nullptr) return {};
  if (node->IsString()) {
    if (auto decoded = crypto::base64url_decode(view(*node), bytes_max);
        decoded && !decoded->empty()) {
      return *std::move(decoded);
    }
  }
  violation(key, "base64url of 1 to " + std::to_string(bytes_max) + " bytes");
  return {};
}

void ObjectReader::only(std::initializer_list<std::string_view> known) const {
  if (node_ == nullptr) return;
  for (const auto& member : node_->GetObject()) {
    const std::string_view name = view(member.name);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      failure_.violation(path_, "no member " + printable_name(name));
      return;
    }
    if (find(*node_, name) != &member.value) {
      failure_.violation(path_, "the member " + printable_name(name) + " once");
      return;
    }
  }
}

void check_version(const ObjectReader& object) {
  const Node* version = object.optional("v");
  if (version == nullptr || !version->IsInt()) {
    object.violation("v", "the message version, a whole number");
  } else if (version->GetInt() != 1) {
    object.failure().set(
        Errc::kSchemaVersion,
        "message version " + std::to_string(version->GetInt()) + "; this release knows 1");
  }
}

std::string printable_name(std::string_view name) {
  constexpr std::size_t kNameMax = 64;
  const auto digits =
      std::count_if(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool control = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (name.empty() || name.size() > kNameMax || digits > 4 || control) {
    return std::string(kNameNotShown);
  }
  return "\"" + std::string(name) + "\"";
}

}  // namespace cw::codec
