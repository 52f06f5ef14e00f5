#pragma once

#include "lib/base/result.hpp"
#include "lib/config/schema.hpp"

#include <functional>
#include <string>

namespace cw::config {

/// One declared property, its target hidden behind functions. Internal to this library.
struct Schema::Entry {
  enum class Shape : std::uint8_t { kScalar, kTexts, kMap, kItems };

  Property property = {};
  Shape shape = Shape::kScalar;
  std::string type = {};          ///< For people: "number", "duration", ...
  std::string bounds = {};        ///< For people: "1 to 5000", "debug, info, ...".
  std::string default_text = {};  ///< As show() gave it when declared.
  std::string source = "default";
  /// The error's detail says only what is wanted: assign() adds key, value and place.
  std::function<Status(const Node&)> set = {};
  std::function<void(std::string key, std::string value)> set_one = {};  ///< Maps only.
  std::function<std::string()> show = {};                                ///< YAML, one line.

  [[nodiscard]] bool is_set() const { return source != "default"; }
};

}  // namespace cw::config
