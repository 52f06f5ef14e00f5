#pragma once

#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Structured field values for HTTP (RFC 8941), as far as signatures and digests need them: parsed
/// strictly, written in the one canonical way.
namespace cw::crypto::sf {

struct Token {
  std::string text;
  friend bool operator==(const Token&, const Token&) = default;
};
struct Bytes {
  std::string bytes;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};
/// Three digits behind the point, kept exactly.
struct Decimal {
  std::int64_t thousandths = 0;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

using BareItem = std::variant<std::int64_t, Decimal, std::string, Token, Bytes, bool>;
using Params = std::vector<std::pair<std::string, BareItem>>;  ///< In order, keys unique.

struct Item {
  BareItem value;
  Params params = {};
  friend bool operator==(const Item&, const Item&) = default;
};
struct InnerList {
  std::vector<Item> items;
  Params params = {};
  friend bool operator==(const InnerList&, const InnerList&) = default;
};
using Member = std::variant<Item, InnerList>;
using Dictionary = std::vector<std::pair<std::string, Member>>;  ///< In order, keys unique.
using List = std::vector<Member>;

inline constexpr std::size_t kFieldBytesMax = 16 * 1024;
inline constexpr std::size_t kMembersMax = 64;  ///< Of each list, dictionary and parameter list.

/// Fail with kSignatureInvalid; a repeated key is refused, although RFC 8941 lets the last one win:
/// two readers must not see two things in one signature field.
[[nodiscard]] Result<Dictionary> parse_dictionary(std::string_view text);
[[nodiscard]] Result<List> parse_list(std::string_view text);
[[nodiscard]] Result<Item> parse_item(std::string_view text);

/// nullptr if there is none of that name.
[[nodiscard]] const Member* find(const Dictionary& dictionary, std::string_view key);
[[nodiscard]] const BareItem* find(const Params& params, std::string_view key);

[[nodiscard]] std::string serialize(const Item& item);
[[nodiscard]] std::string serialize(const InnerList& list);
[[nodiscard]] std::string serialize(const Member& member);
[[nodiscard]] std::string serialize(const Dictionary& dictionary);
[[nodiscard]] std::string serialize(const List& list);

}  // namespace cw::crypto::sf
