#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cw {

/// The columns of an exposure record beside card and expiry, sorted by name, names unique.
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Value of `name`, or nullptr if it is missing.
[[nodiscard]] const std::string* find_attribute(const Attributes& attributes,
                                                std::string_view name) noexcept;

/// Name under which a predicate asks for the exposed file's name.
inline constexpr std::string_view kFileAttribute = "file";

/// A scope predicate over exposure attributes (rules.md R17). A value, cheap to copy, immutable.
/// Values are text; between compares bytewise, both ends included; a missing attribute satisfies
/// only Missing (and Not of the others).
class Predicate {
 public:
  /// Bounds against hostile input: nesting and number of nodes.
  static constexpr std::size_t kDepthMax = 16;
  static constexpr std::size_t kNodesMax = 10'000;

  struct All {
    std::vector<Predicate> parts;
  };
  struct Any {
    std::vector<Predicate> parts;
  };
  struct Not {
    std::vector<Predicate> part;
  };  ///< Exactly one.
  struct Equals {
    std::string attribute;
    std::string value;
  };
  struct In {
    std::string attribute;
    std::vector<std::string> values;
  };  ///< Sorted.
  struct Between {
    std::string attribute;
    std::string from;
    std::string to;
  };
  struct Prefix {
    std::string attribute;
    std::string prefix;
  };
  struct Missing {
    std::string attribute;
  };
  using Node = std::variant<All, Any, Not, Equals, In, Between, Prefix, Missing>;

  explicit Predicate(Node node) : node_(std::make_shared<const Node>(std::move(node))) {}

  [[nodiscard]] const Node& node() const noexcept { return *node_; }
  /// Whether a record of `file` with `attributes` is selected.
  [[nodiscard]] bool selects(std::string_view file, const Attributes& attributes) const;

 private:
  std::shared_ptr<const Node> node_;
};

}  // namespace cw
