#include "cli/verify/verify_place.hpp"

#include "lib/config/yaml.hpp"

namespace cw::cli {
namespace {

using config::Node;

Status read_text(const Node& section, std::string_view key, std::string& target) {
  const auto* node = section.find(key);
  if (node == nullptr || node->kind == Node::Kind::kNull) return Ok{};
  if (node->kind != Node::Kind::kScalar) {
    return Error{
        Errc::kConfigValue,
        "line " + std::to_string(node->line) + ": `" + std::string(key) + "` must be a text"};
  }
  target = node->scalar;
  return Ok{};
}

}  // namespace

Status read_place(std::string_view yaml, VerifyPlace& place) {
  const auto document = config::parse_yaml(yaml);
  if (!document) return document.error();
  if (const auto* kafka = document.value().find("kafka")) {
    if (auto status = read_text(*kafka, "brokers", place.client.brokers); !status) return status;
    if (auto status = read_text(*kafka, "topic_prefix", place.prefix); !status) return status;
    if (const auto* properties = kafka->find("properties")) {
      for (const auto& [key, node] : properties->map) place.client.properties[key] = node.scalar;
    }
  }
  const auto* matcher = document.value().find("matcher");
  return matcher == nullptr ? Status{Ok{}} : read_text(*matcher, "group", place.group);
}

}  // namespace cw::cli
