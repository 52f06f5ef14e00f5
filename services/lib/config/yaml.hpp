#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::config {

/// A YAML document as a plain tree, so that yaml-cpp stays inside this library.
struct Node {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string scalar = {};
  bool quoted = false;  ///< A quoted scalar is text, whatever it looks like.
  int line = 0;         ///< From 1; 0 if it comes from no file.
  std::vector<Node> list = {};
  std::vector<std::pair<std::string, Node>> map = {};

  [[nodiscard]] const Node* find(std::string_view key) const;
};

/// Reads one document. Depth and size are bounded (aliases count as what they stand for), a key
/// that stands twice in a map is refused.
/// Fails with kConfigValue naming the line.
[[nodiscard]] Result<Node> parse_yaml(std::string_view text);

/// The same document as JSON text. Plain `true`, `false`, `null` and whole numbers become JSON's;
/// everything else, dates and quoted scalars included, a string. Fails with kConfigValue.
[[nodiscard]] Result<std::string> yaml_to_json(std::string_view text);

}  // namespace cw::config
