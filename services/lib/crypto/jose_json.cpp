#include "lib/crypto/jose_json.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace cw::crypto {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | (code >> 6U));
    put(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    put(0xe0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3fU));
    put(0x80U | (code & 0x3fU));
  } else {
    put(0xf0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3fU));
    put(0x80U | ((code >> 6U) & 0x3fU));
    put(0x80U | (code & 0x3fU));
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

}  // namespace

/// Recursive descent over the text; each reader returns false at the first fault, with `at_` there.
class JoseParser {
 public:
  explicit JoseParser(std::string_view json) : json_(json) {}

  Result<JoseObject> run() {
    JoseObject object;
    skip_blanks();
    if (!read_object(object, 1)) return fault();
    skip_blanks();
    if (at_ != json_.size()) return fault();
    return object;
  }

 private:
  [[nodiscard]] Error fault() const {
    return Error{Errc::kJsonSyntax, "JSON of a key or JWE header, byte " + std::to_string(at_ + 1)};
  }
  [[nodiscard]] char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }
  bool take(char wanted) {
    if (at_ >= json_.size() || json_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!json_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') ++at_;
  }

  bool read_object(JoseObject& object, std::size_t depth) {
    if (depth > JoseObject::kDepthMax || !take('{')) return false;
    skip_blanks();
    if (take('}')) return true;
    do {
      if (!read_member(object, depth)) return false;
    } while (take(','));
    return take('}');
  }

  bool read_member(JoseObject& object, std::size_t depth) {
    std::string name;
    skip_blanks();
    if (!read_text(name)) return false;
    skip_blanks();
    if (!take(':')) return false;
    JoseValue value;
    if (!read_value(value, depth)) return false;
    if (object.members_.size() == JoseObject::kMembersMax) return false;
    return object.members_.emplace(std::move(name), std::move(value)).second;
  }

  /// With the blanks around it.
  bool read_value(JoseValue& value, std::size_t depth) {
    skip_blanks();
    const bool read = read_bare_value(value, depth);
    skip_blanks();
    return read;
  }

  bool read_bare_value(JoseValue& value, std::size_t depth) {
    switch (peek()) {
      case '"':
        return read_text(value.emplace<std::string>());
      case '{': {
        auto object = std::make_shared<JoseObject>();
        if (!read_object(*object, depth + 1)) return false;
        value = std::shared_ptr<const JoseObject>(std::move(object));
        return true;
      }
      case '[':
        return read_array(depth + 1);
      case 't':
        return take("true");
      case 'f':
        return take("false");
      case 'n':
        return take("null");
      default:
        return read_integer(value.emplace<std::int64_t>());
    }
  }

  bool read_array(std::size_t depth) {
    if (depth > JoseObject::kDepthMax || !take('[')) return false;
    skip_blanks();
    if (take(']')) return true;
    JoseValue ignored;
    do {
      if (!read_value(ignored, depth)) return false;
    } while (take(','));
    return take(']');
  }

  bool read_integer(std::int64_t& value) {
    const std::size_t digits = peek() == '-' ? at_ + 1 : at_;
    const bool leading_zero = json_.substr(digits).starts_with('0') && digits + 1 < json_.size() &&
                              json_[digits + 1] >= '0' && json_[digits + 1] <= '9';
    if (leading_zero) return false;
    const auto [end, error] =
        std::from_chars(json_.data() + at_, json_.data() + json_.size(), value);
    if (error != std::errc{}) return false;
    at_ = static_cast<std::size_t>(end - json_.data());
    return peek() != '.' && peek() != 'e' && peek() != 'E';
  }

  bool read_text(std::string& text) {
    if (!take('"')) return false;
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      ++at_;
      if (c == '"') return true;
      if (c != '\\') {
        text.push_back(c);
      } else if (!read_escape(text)) {
        return false;
      }
    }
    return false;
  }

  bool read_escape(std::string& text) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t letter = kLetters.find(peek());
    if (at_ < json_.size() && letter != std::string_view::npos) {
      text.push_back(kMeanings[letter]);
      ++at_;
      return true;
    }
    std::uint32_t code = 0;
    if (!take('u') || !read_hex4(code)) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      std::uint32_t low = 0;
      if (!take("\\u") || !read_hex4(low) || low < 0xdc00 || low > 0xdfff) return false;
      code = 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code <= 0xdfff) {
      return false;
    }
    append_utf8(text, code);
    return true;
  }

  bool read_hex4(std::uint32_t& code) {
    const std::string_view digits = json_.substr(at_, 4);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) return false;
    at_ += 4;
    return true;
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

Result<JoseObject> JoseObject::parse(std::string_view json) {
  return JoseParser{json}.run();
}

std::optional<std::string_view> JoseObject::text(std::string_view name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) return std::nullopt;
  const auto* value = std::get_if<std::string>(&found->second);
  if (value == nullptr) return std::nullopt;
  return std::string_view(*value);
}

std::optional<std::int64_t> JoseObject::integer(std::string_view name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) return std::nullopt;
  const auto* value = std::get_if<std::int64_t>(&found->second);
  if (value == nullptr) return std::nullopt;
  return *value;
}

const JoseObject* JoseObject::object(std::string_view name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) return nullptr;
  const auto* value = std::get_if<std::shared_ptr<const JoseObject>>(&found->second);
  return value == nullptr ? nullptr : value->get();
}

JoseWriter& JoseWriter::text(std::string_view name, std::string_view value) {
  return raw(name, quoted(value));
}

JoseWriter& JoseWriter::integer(std::string_view name, std::int64_t value) {
  return raw(name, std::to_string(value));
}

JoseWriter& JoseWriter::raw(std::string_view name, std::string json) {
  members_.insert_or_assign(std::string(name), std::move(json));
  return *this;
}

std::string JoseWriter::json() const {
  std::string out = "{";
  for (const auto& [name, value] : members_) {
    if (out.size() > 1) out.push_back(',');
    out += quoted(name) + ":" + value;
  }
  return out + "}";
}

}  // namespace cw::crypto
