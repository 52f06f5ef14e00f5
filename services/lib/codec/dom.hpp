#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/limits.hpp"

#include <rapidjson/document.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// Private to lib/codec: the parser behind all decoders.
namespace cw::codec {

using Node = rapidjson::Value;

[[nodiscard]] inline std::string_view view(const Node& text) noexcept {
  return {text.GetString(), text.GetStringLength()};
}

/// Member of an object, or nullptr.
[[nodiscard]] const Node* find(const Node& object, std::string_view key) noexcept;

/// A parsed document for the time of one decode: small ones use no heap. The text is copied and
/// parsed in place, so the copy (wiped in the end) is the only place that holds its strings.
class Dom {
 public:
  Dom();
  ~Dom();
  Dom(const Dom&) = delete;
  Dom& operator=(const Dom&) = delete;

  /// Once per Dom. Fails as JsonDocument::parse does.
  [[nodiscard]] Status parse(std::string_view json, std::size_t bytes_max);
  [[nodiscard]] const Node& root() const noexcept { return document_; }

 private:
  using Pool = rapidjson::MemoryPoolAllocator<>;
  using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, Pool, Pool>;

  std::array<char, 2048> small_text_;
  std::array<char, 8192> small_nodes_;
  std::array<char, 4096> small_stack_;
  std::unique_ptr<char[]> large_text_;
  std::size_t text_bytes_ = 0;
  Pool nodes_;
  Pool stack_;
  Document document_;
};

/// Appends compact JSON with sorted keys, or in the document's order.
enum class KeyOrder : std::uint8_t { kSorted, kDocument };
void append_json(std::string& out, const Node& node, KeyOrder order);

}  // namespace cw::codec
