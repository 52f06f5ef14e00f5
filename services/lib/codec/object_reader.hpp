#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/dom.hpp"
#include "lib/domain/card.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// Private to lib/codec: reads a document's members with checks.
namespace cw::codec {

/// Where in the document a reader stands; lives on the stack, becomes text only for an error.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;   ///< Empty for an element of an array.
  std::size_t index = 0;  ///< Of the element.

  /// JSON pointer, e.g. "/files/0/name"; "" for the document itself.
  [[nodiscard]] std::string pointer() const;
};

/// The first failure of a decode. Readers go on after it with empty values, so that decoders read
/// like a list of members; the caller asks once, at the end.
struct Failure {
  std::optional<Error> error;

  /// kSchemaViolation at a place: what was wanted, never what was there.
  void violation(const Path& path, std::string_view wanted);
  void set(Errc code, std::string detail);
};

/// The greatest number that every JSON reader keeps apart as a signed 64-bit one.
inline constexpr std::uint64_t kNumberMax = 9'223'372'036'854'775'807ULL;

/// Bounds of a text in bytes.
struct TextBounds {
  std::size_t min = 1;
  std::size_t max = kTextBytesMax;
};

/// Reads members of one object.
class ObjectReader {
 public:
  /// Fails (and reads as empty) unless `node` is an object. `path` and `failure` must outlive it.
  ObjectReader(const Node& node, const Path& path, Failure& failure);

  /// The member, or nullptr; missing required ones are a violation.
  [[nodiscard]] const Node* optional(std::string_view key) const noexcept;
  [[nodiscard]] const Node* required(std::string_view key) const;

  [[nodiscard]] std::string_view text(std::string_view key, TextBounds bounds = {}) const;
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view key,
                                                         TextBounds bounds = {}) const;
  /// An id (domain/ids.hpp).
  [[nodiscard]] std::string id(std::string_view key) const;
  [[nodiscard]] std::uint64_t number(std::string_view key,
                                     std::uint64_t min,
                                     std::uint64_t max = kNumberMax) const;
  [[nodiscard]] std::uint32_t number32(std::string_view key, std::uint32_t min) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] std::optional<bool> optional_flag(std::string_view key) const;

  /// As topics hold them: UTC with milliseconds and Z.
  [[nodiscard]] Instant instant(std::string_view key) const;
  [[nodiscard]] std::optional<Instant> optional_instant(std::string_view key) const;
  /// As people write them: any RFC 3339 time.
  [[nodiscard]] std::optional<Instant> written_instant(std::string_view key) const;
  [[nodiscard]] Day day(std::string_view key) const;
  [[nodiscard]] Expiry expiry(std::string_view key) const;
  [[nodiscard]] std::optional<Expiry> optional_expiry(std::string_view key) const;
  [[nodiscard]] CardRef card(std::string_view key) const;
  /// Eight digits.
  [[nodiscard]] Iin iin(std::string_view key) const;
  /// Base64url, unpadded, of at most `bytes_max` bytes.
  [[nodiscard]] std::string bytes(std::string_view key, std::size_t bytes_max) const;

  /// A text that `from` knows, e.g. outcome_from.
  template <class From>
  [[nodiscard]] auto code(std::string_view key, From from) const {
    return code_at(required(key), key, from);
  }
  template <class From>
  [[nodiscard]] auto optional_code(std::string_view key, From from) const -> decltype(from(key)) {
    const Node* node = optional(key);
    if (node == nullptr) return {};
    return code_at(node, key, from);
  }

  /// Calls visit(element, path) for each element of an array of at most `max`.
  template <class Visit>
  void each(std::string_view key, std::size_t max, Visit visit) const {
    const Node* node = required(key);
    if (node == nullptr) return;
    const Path here = at(key);
    if (!node->IsArray() || node->Size() > max) {
      failure_.violation(here, "an array of at most " + std::to_string(max) + " elements");
      return;
    }
    for (std::size_t i = 0; i < node->Size(); ++i) {
      const Path element{&here, {}, i};
      visit((*node)[static_cast<rapidjson::SizeType>(i)], element);
    }
  }

  /// Refuses members other than these, and repeated ones (for documents that people write).
  void only(std::initializer_list<std::string_view> known) const;

  void violation(std::string_view key, std::string_view wanted) const {
    failure_.violation(at(key), wanted);
  }
  [[nodiscard]] Path at(std::string_view key) const noexcept { return {&path_, key, 0}; }
  [[nodiscard]] Failure& failure() const noexcept { return failure_; }

 private:
  template <class From>
  [[nodiscard]] auto code_at(const Node* node, std::string_view key, From from) const {
    using Code = typename decltype(from(key))::value_type;
    if (node == nullptr) return Code{};
    const auto found = node->IsString() ? from(view(*node)) : decltype(from(key)){};
    if (!found) violation(key, "one of the codes of its schema");
    return found.value_or(Code{});
  }
  [[nodiscard]] std::string_view checked_text(const Node* node,
                                              std::string_view key,
                                              TextBounds bounds) const;

  const Node* node_;
  const Path& path_;
  Failure& failure_;
};

/// Parses `json` and hands its object to `read`; for all decoders.
template <class T, class Read>
[[nodiscard]] Result<T> decode_object(std::string_view json,
                                      Read read,
                                      std::size_t bytes_max = kMessageBytesMax) {
  Dom dom;
  Status parsed = dom.parse(json, bytes_max);
  if (!parsed) return std::move(parsed).error();
  const Path root;
  Failure failure;
  const ObjectReader object(dom.root(), root, failure);
  if (failure.error) return *std::move(failure.error);
  T value = read(object);
  if (failure.error) return *std::move(failure.error);
  return value;
}

/// "v" must be 1: kSchemaVersion otherwise.
void check_version(const ObjectReader& object);

/// decode_object for a topic's message: "v" is checked first.
template <class T, class Read>
[[nodiscard]] Result<T> decode_message(std::string_view json, Read read) {
  return decode_object<T>(json, [&read](const ObjectReader& object) {
    check_version(object);
    return read(object);
  });
}

/// A name from a document as far as an error may repeat it: short, printable, and without more
/// than four digits, since a file without a header has card numbers where names should be.
inline constexpr std::string_view kNameNotShown = "(not shown)";
[[nodiscard]] std::string printable_name(std::string_view name);

}  // namespace cw::codec
