#include "lib/crypto/structured_field.hpp"

#include "lib/crypto/base64.hpp"

#include <algorithm>
#include <optional>

namespace cw::crypto::sf {
namespace {

constexpr std::size_t kIntegerDigitsMax = 15;
constexpr std::size_t kDecimalWholeDigitsMax = 12;
constexpr std::size_t kDecimalFractionDigitsMax = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alpha(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool is_key_char(char c) {
  return is_lower(c) || is_digit(c) || std::string_view("_-.*").find(c) != std::string_view::npos;
}
bool is_token_char(char c) {
  return is_alpha(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~:/").find(c) != std::string_view::npos;
}

/// RFC 8941 section 4.2. Each parse function leaves the position behind what it read, or sets
/// `failed` and returns something empty.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text.size() > kFieldBytesMax) fail("longer than 16 KiB");
  }

  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

  Dictionary dictionary() {
    Dictionary all;
    each_member([&] {
      std::string key = read_key();
      if (find(all, key) != nullptr) return fail("a key stands twice");
      if (take('=')) {
        Member value = member();
        all.emplace_back(std::move(key), std::move(value));
      } else {
        all.emplace_back(std::move(key), Item{true, params()});
      }
    });
    return all;
  }

  List list() {
    List all;
    each_member([&] { all.push_back(member()); });
    return all;
  }

  Item whole_item() {
    skip_spaces();
    Item read = item();
    skip_spaces();
    if (!at_end()) fail("something stands behind the item");
    return read;
  }

 private:
  template <class Read>
  void each_member(Read read) {
    skip_spaces();
    std::size_t count = 0;
    while (!error_ && !at_end()) {
      if (++count > kMembersMax) return fail("more than 64 members");
      read();
      skip_blanks();
      if (error_ || at_end()) return;
      if (!take(',')) return fail("a comma is missing");
      skip_blanks();
      if (at_end()) return fail("it ends with a comma");
    }
  }

  Member member() {
    if (peek() == '(') return inner_list();
    return item();
  }

  InnerList inner_list() {
    InnerList read;
    static_cast<void>(take('('));
    while (!error_) {
      skip_spaces();
      if (take(')')) {
        read.params = params();
        return read;
      }
      if (read.items.size() == kMembersMax) return fail("more than 64 items"), InnerList{};
      read.items.push_back(item());
      if (peek() != ' ' && peek() != ')') fail("a blank or ) is missing");
    }
    return {};
  }

  Item item() {
    BareItem value = bare_item();
    if (error_) return {};
    return {std::move(value), params()};
  }

  Params params() {
    Params all;
    while (!error_ && take(';')) {
      if (all.size() == kMembersMax) return fail("more than 64 parameters"), Params{};
      skip_spaces();
      std::string key = read_key();
      if (find(all, key) != nullptr) fail("a parameter stands twice");
      BareItem value = true;
      if (take('=')) value = bare_item();
      all.emplace_back(std::move(key), std::move(value));
    }
    return all;
  }

  std::string read_key() {
    std::string key;
    if (!is_lower(peek()) && peek() != '*') fail("a key is missing");
    while (is_key_char(peek())) key.push_back(next());
    return key;
  }

  BareItem bare_item() {
    const char c = peek();
    if (is_digit(c) || c == '-') return number();
    if (c == '"') return string();
    if (c == ':') return bytes();
    if (c == '?') return boolean();
    if (is_alpha(c) || c == '*') {
      Token token;
      while (is_token_char(peek())) token.text.push_back(next());
      return token;
    }
    fail("a value is missing");
    return false;
  }

  BareItem number() {
    const std::int64_t sign = take('-') ? -1 : 1;
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; is_digit(peek()) && digits <= kIntegerDigitsMax; ++digits) value = value * 10 + digit();
    if (digits == 0 || digits > kIntegerDigitsMax) return fail("not a number"), BareItem{};
    if (!take('.')) return sign * value;
    std::size_t fraction = 0;
    for (; is_digit(peek()) && fraction < kDecimalFractionDigitsMax; ++fraction) {
      value = value * 10 + digit();
    }
    if (digits > kDecimalWholeDigitsMax || fraction == 0 || is_digit(peek())) {
      return fail("not a decimal"), BareItem{};
    }
    for (; fraction < kDecimalFractionDigitsMax; ++fraction) value *= 10;
    return Decimal{sign * value};
  }

  std::int64_t digit() { return next() - '0'; }

  BareItem string() {
    static_cast<void>(take('"'));
    std::string value;
    while (!at_end()) {
      char c = next();
      if (c == '"') return value;
      if (c == '\\') {
        c = at_end() ? '\0' : next();
        if (c != '"' && c != '\\') return fail("a wrong escape"), BareItem{};
      }
      if (c < ' ' || c > '~') return fail("a character that no text may hold"), BareItem{};
      value.push_back(c);
    }
    fail("a quote is missing");
    return value;
  }

  BareItem bytes() {
    static_cast<void>(take(':'));
    const auto end = text_.find(':', at_);
    if (end == std::string_view::npos) return fail("a byte sequence has no end"), BareItem{};
    auto decoded = base64_decode(text_.substr(at_, end - at_), kFieldBytesMax);
    if (!decoded) return fail("a byte sequence is not base64"), BareItem{};
    at_ = end + 1;
    return Bytes{std::move(*decoded)};
  }

  BareItem boolean() {
    static_cast<void>(take('?'));
    const char c = at_end() ? '\0' : next();
    if (c != '0' && c != '1') fail("a boolean is ?0 or ?1");
    return c == '1';
  }

  void fail(std::string_view why) {
    if (error_) return;
    error_ = Error{Errc::kSignatureInvalid,
                   "structured field: " + std::string(why) + ", byte " + std::to_string(at_ + 1)};
  }

  [[nodiscard]] bool at_end() const noexcept { return at_ >= text_.size(); }
  /// '\0' at the end and after a failure, so that every loop ends.
  [[nodiscard]] char peek() const noexcept { return error_ || at_end() ? '\0' : text_[at_]; }
  char next() noexcept { return text_[at_++]; }
  bool take(char c) noexcept {
    if (c == '\0' || peek() != c) return false;
    ++at_;
    return true;
  }
  void skip_spaces() noexcept {
    while (peek() == ' ') ++at_;
  }
  void skip_blanks() noexcept {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

template <class T, class Read>
Result<T> parse_with(std::string_view text, Read read) {
  Parser parser{text};
  T value = read(parser);
  if (parser.error()) return *parser.error();
  return value;
}

std::string decimal_text(std::int64_t thousandths) {
  const std::int64_t magnitude = thousandths < 0 ? -thousandths : thousandths;
  std::string fraction = std::to_string(magnitude % 1000 + 1000).substr(1);
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return (thousandths < 0 ? "-" : "") + std::to_string(magnitude / 1000) + "." + fraction;
}

struct BareWriter {
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const Decimal& value) const { return decimal_text(value.thousandths); }
  std::string operator()(const std::string& value) const {
    std::string out = "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    return out + "\"";
  }
  std::string operator()(const Token& value) const { return value.text; }
  std::string operator()(const Bytes& value) const {
    return ":" + base64_encode(value.bytes) + ":";
  }
  std::string operator()(bool value) const { return value ? "?1" : "?0"; }
};

std::string params_text(const Params& params) {
  std::string out;
  for (const auto& [key, value] : params) {
    out += ";" + key;
    if (value != BareItem{true}) out += "=" + std::visit(BareWriter{}, value);
  }
  return out;
}

template <class Entries>
auto find_in(const Entries& entries, std::string_view key) -> decltype(&entries.front().second) {
  const auto found = std::find_if(
      entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == key; });
  return found == entries.end() ? nullptr : &found->second;
}

}  // namespace

Result<Dictionary> parse_dictionary(std::string_view text) {
  return parse_with<Dictionary>(text, [](Parser& parser) { return parser.dictionary(); });
}

Result<List> parse_list(std::string_view text) {
  return parse_with<List>(text, [](Parser& parser) { return parser.list(); });
}

Result<Item> parse_item(std::string_view text) {
  return parse_with<Item>(text, [](Parser& parser) { return parser.whole_item(); });
}

const Member* find(const Dictionary& dictionary, std::string_view key) {
  return find_in(dictionary, key);
}

const BareItem* find(const Params& params, std::string_view key) {
  return find_in(params, key);
}

std::string serialize(const Item& item) {
  return std::visit(BareWriter{}, item.value) + params_text(item.params);
}

std::string serialize(const InnerList& list) {
  std::string out = "(";
  for (const Item& item : list.items) {
    if (out.size() > 1) out.push_back(' ');
    out += serialize(item);
  }
  return out + ")" + params_text(list.params);
}

std::string serialize(const Member& member) {
  return std::visit([](const auto& value) { return serialize(value); }, member);
}

std::string serialize(const Dictionary& dictionary) {
  std::string out;
  for (const auto& [key, member] : dictionary) {
    if (!out.empty()) out += ", ";
    out += key;
    const auto* item = std::get_if<Item>(&member);
    if (item != nullptr && item->value == BareItem{true}) {
      out += params_text(item->params);
    } else {
      out += "=" + serialize(member);
    }
  }
  return out;
}

std::string serialize(const List& list) {
  std::string out;
  for (const Member& member : list) {
    if (!out.empty()) out += ", ";
    out += serialize(member);
  }
  return out;
}

}  // namespace cw::crypto::sf
