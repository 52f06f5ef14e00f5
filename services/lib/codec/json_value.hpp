#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::codec {

/// A place in a parsed JsonDocument, or nothing: looking up a member that is not there gives a
/// value that does not exist, on which every question has an empty answer. So a path can be
/// walked without a check at each step. Valid as long as the document. THREAD: safe to read.
class JsonValue {
 public:
  JsonValue() = default;

  [[nodiscard]] bool exists() const noexcept { return node_ != nullptr; }
  [[nodiscard]] bool is_null() const noexcept;
  [[nodiscard]] bool is_object() const noexcept;
  [[nodiscard]] bool is_array() const noexcept;
  [[nodiscard]] bool is_string() const noexcept;
  [[nodiscard]] bool is_bool() const noexcept;
  [[nodiscard]] bool is_number() const noexcept;

  /// Member of an object; the first, if repeated.
  [[nodiscard]] JsonValue operator[](std::string_view key) const noexcept;
  /// Element of an array.
  [[nodiscard]] JsonValue operator[](std::size_t index) const noexcept;
  /// Elements of an array or members of an object; 0 for others.
  [[nodiscard]] std::size_t size() const noexcept;
  /// In the order of the document.
  [[nodiscard]] std::vector<std::pair<std::string_view, JsonValue>> members() const;
  [[nodiscard]] std::vector<JsonValue> elements() const;

  /// nullopt if it is of another type (or, for numbers, does not fit).
  [[nodiscard]] std::optional<std::string_view> text() const noexcept;
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const noexcept;
  [[nodiscard]] std::optional<double> number() const noexcept;
  [[nodiscard]] std::optional<bool> boolean() const noexcept;

  [[nodiscard]] std::string text_or(std::string_view otherwise) const;
  [[nodiscard]] std::int64_t integer_or(std::int64_t otherwise) const noexcept;
  [[nodiscard]] bool boolean_or(bool otherwise) const noexcept;

  /// As compact JSON with members in the document's order; "null" if it does not exist.
  [[nodiscard]] std::string json() const;
  /// As compact JSON with sorted keys (RFC 8785 for documents without fractions).
  [[nodiscard]] std::string canonical() const;

 private:
  friend class JsonDocument;
  explicit JsonValue(const void* node) : node_(node) {}

  const void* node_ = nullptr;
};

/// A parsed JSON text, with a copy of its bytes that is wiped in the end (documents may hold card
/// numbers). Movable. THREAD: const access is safe.
class JsonDocument {
 public:
  /// Fails with kJsonSyntax (the detail names the offset, never the text), kBodyTooLarge beyond
  /// `bytes_max`, kLimitReached beyond kNestingMax levels. UTF-8 is checked.
  [[nodiscard]] static Result<JsonDocument> parse(std::string_view text,
                                                  std::size_t bytes_max = kMessageBytesMax);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  [[nodiscard]] JsonValue root() const noexcept;

 private:
  struct State;
  explicit JsonDocument(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace cw::codec
