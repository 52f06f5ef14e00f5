#include "matcher/engine/compiled_predicate.hpp"

#include <algorithm>

namespace cw::matcher {
namespace {

struct PartsOf {
  std::vector<Predicate> operator()(const Predicate::All& node) const { return node.parts; }
  std::vector<Predicate> operator()(const Predicate::Any& node) const { return node.parts; }
  std::vector<Predicate> operator()(const Predicate::Not& node) const { return node.part; }
  template <class Leaf>
  std::vector<Predicate> operator()(const Leaf& /*leaf*/) const {
    return {};
  }
};

struct AttributeOf {
  std::string operator()(const Predicate::All& /*node*/) const { return {}; }
  std::string operator()(const Predicate::Any& /*node*/) const { return {}; }
  std::string operator()(const Predicate::Not& /*node*/) const { return {}; }
  template <class Leaf>
  std::string operator()(const Leaf& leaf) const {
    return leaf.attribute;
  }
};

}  // namespace

CompiledPredicate::CompiledPredicate(const Predicate& predicate, const SymbolTable& symbols)
    : symbols_(symbols) {
  add(predicate);
}

void CompiledPredicate::add(const Predicate& predicate) {
  const auto at = nodes_.size();
  Node node;
  node.leaf = predicate.node();
  node.attribute = std::visit(AttributeOf{}, node.leaf);
  if (std::holds_alternative<Predicate::All>(node.leaf)) {
    node.kind = Kind::kAll;
  } else if (std::holds_alternative<Predicate::Any>(node.leaf)) {
    node.kind = Kind::kAny;
  } else if (std::holds_alternative<Predicate::Not>(node.leaf)) {
    node.kind = Kind::kNot;
  } else if (std::holds_alternative<Predicate::Missing>(node.leaf)) {
    node.kind = Kind::kMissing;
  } else {
    node.kind = Kind::kComparison;
  }
  const auto parts = std::visit(PartsOf{}, node.leaf);
  nodes_.push_back(std::move(node));
  for (const auto& part : parts) add(part);
  nodes_[at].parts_end = static_cast<std::uint32_t>(nodes_.size());
}

bool CompiledPredicate::selects(const StoredExposure& exposure) {
  return holds(0, exposure);
}

bool CompiledPredicate::holds(std::uint32_t at, const StoredExposure& exposure) {
  auto& node = nodes_[at];
  if (node.kind == Kind::kMissing || node.kind == Kind::kComparison) {
    return leaf_holds(node, exposure);
  }
  // Any is decided by a part that holds, All and Not (that none of its parts holds) by one that
  // decides against them.
  const bool decisive = node.kind != Kind::kAll;
  const bool undecided = node.kind != Kind::kAny;
  for (auto part = at + 1; part < node.parts_end; part = nodes_[part].parts_end) {
    if (holds(part, exposure) == decisive) return !undecided;
  }
  return undecided;
}

bool CompiledPredicate::leaf_holds(Node& node, const StoredExposure& exposure) {
  const bool missing = node.kind == Kind::kMissing;
  if (node.attribute == kFileAttribute) {
    return !missing && answer(node, exposure.file) == Answer::kHolds;
  }
  ByteReader attributes{exposure.attributes};
  for (std::uint32_t i = 0; i < exposure.attribute_count; ++i) {
    const auto found = answer(node, attributes.small());
    if (found != Answer::kOtherAttribute) return found == Answer::kHolds;
  }
  return missing;
}

CompiledPredicate::Answer CompiledPredicate::answer(Node& node, Symbol symbol) {
  if (symbol >= node.answers.size()) node.answers.resize(symbols_.size(), Answer::kUnknown);
  auto& known = node.answers[symbol];
  if (known != Answer::kUnknown) return known;
  if (node.attribute == kFileAttribute) {
    known = compare(node, symbols_.text(symbol));
  } else {
    const auto [name, value] = split(symbols_.text(symbol));
    known = name == node.attribute ? compare(node, value) : Answer::kOtherAttribute;
  }
  return known;
}

CompiledPredicate::Answer CompiledPredicate::compare(const Node& node,
                                                     std::string_view value) const {
  bool holds = false;
  if (const auto* equals = std::get_if<Predicate::Equals>(&node.leaf)) {
    holds = value == equals->value;
  } else if (const auto* in = std::get_if<Predicate::In>(&node.leaf)) {
    holds = std::binary_search(in->values.begin(), in->values.end(), value);
  } else if (const auto* between = std::get_if<Predicate::Between>(&node.leaf)) {
    holds = value >= between->from && value <= between->to;
  } else if (const auto* prefix = std::get_if<Predicate::Prefix>(&node.leaf)) {
    holds = value.starts_with(prefix->prefix);
  }
  return holds ? Answer::kHolds : Answer::kFails;
}

}  // namespace cw::matcher
