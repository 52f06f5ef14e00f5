#pragma once

#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The little JSON that JOSE needs: one object of texts, integers and small objects, as JWKs and
/// JWE headers are. For lib/crypto's sources; messages are lib/codec's.
namespace cw::crypto {

class JoseObject;

/// Well-formed, but of a kind that no JOSE member we read has (array, true, null ...).
struct JoseOther {};
using JoseValue =
    std::variant<JoseOther, std::string, std::int64_t, std::shared_ptr<const JoseObject>>;

class JoseObject {
 public:
  static constexpr std::size_t kDepthMax = 4;
  static constexpr std::size_t kMembersMax = 64;

  /// Strict RFC 8259: nothing behind the object, no repeated member, no lone surrogate, whole
  /// numbers of 64 bits only. Fails with kJsonSyntax; the detail names the byte, not the content.
  [[nodiscard]] static Result<JoseObject> parse(std::string_view json);

  [[nodiscard]] bool has(std::string_view name) const { return members_.contains(name); }
  /// Nothing if the member is missing or of another kind.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] const JoseObject* object(std::string_view name) const;

  using Members = std::map<std::string, JoseValue, std::less<>>;
  [[nodiscard]] const Members& members() const noexcept { return members_; }

 private:
  friend class JoseParser;
  Members members_;
};

/// An object under construction: members come out in alphabetical order, without blanks.
class JoseWriter {
 public:
  JoseWriter& text(std::string_view name, std::string_view value);
  JoseWriter& integer(std::string_view name, std::int64_t value);
  /// `json` is put as it is.
  JoseWriter& raw(std::string_view name, std::string json);
  [[nodiscard]] std::string json() const;

 private:
  std::map<std::string, std::string> members_;
};

}  // namespace cw::crypto
