#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cw::config {

enum class Secret : std::uint8_t { kNo, kYes };
enum class Required : std::uint8_t { kNo, kYes };

/// What people need to know about one setting. `key` is "section.name".
struct Property {
  std::string key = {};
  std::string about = {};    ///< One sentence.
  std::string example = {};  ///< As written in YAML.
  Required required = Required::kNo;
  Secret secret = Secret::kNo;  ///< Shown as "(redacted)" by --print-config.
};

/// Inclusive.
template <class T>
struct Bounds {
  T min;
  T max;
};

/// One field of the maps in a list, e.g. `roles` in `principals`.
struct ItemField {
  std::string name = {};
  std::string about = {};
  bool many = false;  ///< Takes a list of texts instead of one text.
  Required required = Required::kNo;
};

/// One map of such a list.
class Item {
 public:
  /// The text of `name`, or "" if it was not given.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;

  std::map<std::string, std::vector<std::string>, std::less<>> values = {};
};

}  // namespace cw::config
