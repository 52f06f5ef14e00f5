#include "lib/config/yaml.hpp"

#include "lib/base/quoted.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <set>

namespace cw::config {
namespace {

constexpr std::size_t kBytesMax = 4U << 20U;
constexpr int kDepthMax = 32;
constexpr std::size_t kNodesMax = 200'000;

/// Copies yaml-cpp's tree into ours, refusing what a configuration has no use for.
class Copier {
 public:
  Result<Node> copy(const YAML::Node& source, int depth) {
    const int line = source.Mark().line + 1;
    if (depth > kDepthMax) return refuse(line, "nested too deeply");
    if (++nodes_ > kNodesMax) return refuse(line, "too many values (aliases that multiply?)");
    Node node;
    node.line = line;
    if (source.IsScalar()) {
      node.kind = Node::Kind::kScalar;
      node.scalar = source.Scalar();
      // yaml-cpp marks a quoted scalar with the tag "!", a plain one with "?".
      node.quoted = source.Tag() == "!" || source.Tag() == "tag:yaml.org,2002:str";
      if (!node.quoted && (node.scalar.empty() || node.scalar == "~" || node.scalar == "null")) {
        node.kind = Node::Kind::kNull;
      }
      return node;
    }
    if (source.IsSequence()) return copy_list(source, std::move(node), depth);
    if (source.IsMap()) return copy_map(source, std::move(node), depth);
    return node;
  }

 private:
  static Error refuse(int line, const std::string& why) {
    return {Errc::kConfigValue, "line " + std::to_string(line) + ": " + why};
  }

  Result<Node> copy_list(const YAML::Node& source, Node node, int depth) {
    node.kind = Node::Kind::kList;
    for (const auto& child : source) {
      auto copied = copy(child, depth + 1);
      if (!copied) return std::move(copied).error();
      node.list.push_back(std::move(copied).value());
    }
    return node;
  }

  Result<Node> copy_map(const YAML::Node& source, Node node, int depth) {
    node.kind = Node::Kind::kMap;
    std::set<std::string> seen;
    for (const auto& pair : source) {
      const int line = pair.first.Mark().line + 1;
      if (!pair.first.IsScalar()) return refuse(line, "a key must be a plain word");
      const std::string& key = pair.first.Scalar();
      if (!seen.insert(key).second) return refuse(line, "the key '" + key + "' stands twice");
      auto copied = copy(pair.second, depth + 1);
      if (!copied) return std::move(copied).error();
      node.map.emplace_back(key, std::move(copied).value());
    }
    return node;
  }

  std::size_t nodes_ = 0;
};

bool is_whole_number(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;  // Any number of 18 digits fits 64 bits.
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.size() > kDigitsMax) return false;
  if (text.size() > 1 && text.front() == '0') return false;  // Leading zeros mark an identifier.
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void append_json(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kScalar: {
      const bool plain = !node.quoted && (node.scalar == "true" || node.scalar == "false" ||
                                          is_whole_number(node.scalar));
      out += plain ? node.scalar : quoted(node.scalar);
      return;
    }
    case Node::Kind::kList: {
      out += '[';
      for (std::size_t i = 0; i < node.list.size(); ++i) {
        if (i > 0) out += ',';
        append_json(out, node.list[i]);
      }
      out += ']';
      return;
    }
    case Node::Kind::kMap: {
      out += '{';
      for (std::size_t i = 0; i < node.map.size(); ++i) {
        if (i > 0) out += ',';
        out += quoted(node.map[i].first) + ':';
        append_json(out, node.map[i].second);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(map, key, &std::pair<std::string, Node>::first);
  return found == map.end() ? nullptr : &found->second;
}

Result<Node> parse_yaml(std::string_view text) {
  if (text.size() > kBytesMax) return Error{Errc::kConfigValue, "larger than 4 MiB"};
  try {
    const auto documents = YAML::LoadAll(std::string{text});
    if (documents.size() > 1) return Error{Errc::kConfigValue, "more than one YAML document"};
    if (documents.empty()) return Node{};
    return Copier{}.copy(documents.front(), 0);
  } catch (const YAML::Exception& error) {
    return Error{Errc::kConfigValue,
                 "line " + std::to_string(error.mark.line + 1) + ": not valid YAML: " + error.msg};
  }
}

Result<std::string> yaml_to_json(std::string_view text) {
  const auto node = parse_yaml(text);
  if (!node) return node.error();
  std::string out;
  append_json(out, node.value());
  return out;
}

}  // namespace cw::config
