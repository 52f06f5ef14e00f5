#pragma once

#include "lib/base/result.hpp"
#include "lib/config/property.hpp"
#include "lib/config/yaml.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cw::config {

/// Where values come from; later ones win: defaults < file < environment < sets.
struct Sources {
  std::optional<std::string> file = {};  ///< Path of a YAML file.
  std::map<std::string, std::string> environment = {};
  std::vector<std::string> sets = {};  ///< "section.key=value", as given to --set.
};

/// The variables of this process that start with CARDWATCH_.
[[nodiscard]] std::map<std::string, std::string> process_environment();

/// The typed properties of a program, each bound to a variable that holds the default before and
/// the effective value after load(). The variables must outlive the Schema.
///
///   schema.duration({.key = "push.backoff_max", .about = "Longest pause between two attempts."},
///                   {1ms, 1h}, config.backoff_max);
///
/// Environment: CARDWATCH_PUSH_BACKOFF_MAX. Lists and maps are given there, and to --set, as YAML
/// in flow style; a single entry of a map also as --set kafka.properties.linger.ms=5.
/// A failed load() may leave some variables changed. THREAD: not safe; used while starting.
class Schema {
 public:
  Schema();
  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  void text(Property property, std::string& target);
  void choice(Property property, std::vector<std::string> allowed, std::string& target);
  void flag(Property property, bool& target);
  /// Bytes; written as 1048576 or with KiB, MiB, GiB.
  void bytes(Property property, Bounds<std::uint64_t> bounds, std::uint64_t& target);
  /// Written with ms, s, m, h or d: "250ms", "5m".
  void duration(Property property,
                Bounds<std::chrono::milliseconds> bounds,
                std::chrono::milliseconds& target);
  void texts(Property property, std::vector<std::string>& target);
  /// Any keys with scalar values, e.g. kafka.properties.
  void map(Property property, std::map<std::string, std::string>& target);
  /// A list of maps, each with the given fields and no others.
  void items(Property property, std::vector<ItemField> fields, std::vector<Item>& target);

  template <std::integral T>
  void number(Property property, Bounds<T> bounds, T& target) {
    add_number(
        std::move(property),
        {static_cast<std::int64_t>(bounds.min), static_cast<std::int64_t>(bounds.max)},
        [&target] { return static_cast<std::int64_t>(target); },
        [&target](std::int64_t value) { target = static_cast<T>(value); });
  }

  /// Fails with kFileRead, kConfigUnknownKey (with the nearest known key), kConfigValue (naming
  /// key, value and bounds; not the value of a secret) or kConfigMissing.
  [[nodiscard]] Status load(const Sources& sources);

  /// All effective values as YAML, the source of each as a comment, secrets redacted.
  [[nodiscard]] std::string print() const;
  /// A Markdown table of all properties.
  [[nodiscard]] std::string reference() const;

 private:
  struct Entry;
  void add_number(Property property,
                  Bounds<std::int64_t> bounds,
                  std::function<std::int64_t()> get,
                  std::function<void(std::int64_t)> assign);
  Entry& add(Property property, std::string type);
  [[nodiscard]] Entry* find(std::string_view key);
  [[nodiscard]] Status assign(Entry& entry, const Node& node, std::string source);
  [[nodiscard]] Status load_file(const std::string& path);
  [[nodiscard]] Status load_section(const std::string& path,
                                    const std::string& section,
                                    const Node& node);
  [[nodiscard]] Status load_environment(const std::map<std::string, std::string>& environment);
  [[nodiscard]] Status load_set(const std::string& assignment);
  [[nodiscard]] Error unknown_key(const std::string& key, const std::string& where) const;

  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace cw::config
