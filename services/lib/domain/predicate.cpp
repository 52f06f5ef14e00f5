#include "lib/domain/predicate.hpp"

#include <algorithm>
#include <optional>

namespace cw {
namespace {

struct Selector {
  std::string_view file;
  const Attributes& attributes;

  /// The value asked for, or nullopt if it is missing.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view name) const noexcept {
    if (name == kFileAttribute) return file;
    const std::string* found = find_attribute(attributes, name);
    if (found == nullptr) return std::nullopt;
    return *found;
  }

  bool operator()(const Predicate::All& node) const {
    return std::all_of(node.parts.begin(), node.parts.end(), *this);
  }
  bool operator()(const Predicate::Any& node) const {
    return std::any_of(node.parts.begin(), node.parts.end(), *this);
  }
  bool operator()(const Predicate::Not& node) const {
    return std::none_of(node.part.begin(), node.part.end(), *this);
  }
  bool operator()(const Predicate::Equals& node) const {
    return value(node.attribute) == std::optional<std::string_view>{node.value};
  }
  bool operator()(const Predicate::In& node) const {
    const auto found = value(node.attribute);
    return found && std::binary_search(node.values.begin(), node.values.end(), *found);
  }
  bool operator()(const Predicate::Between& node) const {
    const auto found = value(node.attribute);
    return found && *found >= node.from && *found <= node.to;
  }
  bool operator()(const Predicate::Prefix& node) const {
    const auto found = value(node.attribute);
    return found && found->starts_with(node.prefix);
  }
  bool operator()(const Predicate::Missing& node) const { return !value(node.attribute); }
  bool operator()(const Predicate& part) const { return std::visit(*this, part.node()); }
};

}  // namespace

const std::string* find_attribute(const Attributes& attributes, std::string_view name) noexcept {
  const auto found = std::lower_bound(
      attributes.begin(),
      attributes.end(),
      name,
      [](const auto& attribute, std::string_view wanted) { return attribute.first < wanted; });
  return found != attributes.end() && found->first == name ? &found->second : nullptr;
}

bool Predicate::selects(std::string_view file, const Attributes& attributes) const {
  return Selector{file, attributes}(*this);
}

}  // namespace cw
