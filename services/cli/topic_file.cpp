#include "cli/topic_file.hpp"

#include "lib/config/yaml.hpp"

#include <charconv>
#include <utility>

namespace cw::cli {
namespace {

Error wrong(const config::Node& node, std::string_view what) {
  return Error{Errc::kConfigValue, "line " + std::to_string(node.line) + ": " + std::string(what)};
}

Result<kafka::TopicSpec> read_topic(const config::Node& node, std::string_view prefix) {
  const auto* topic = node.find("name");
  const auto* partitions = node.find("partitions");
  if (topic == nullptr || topic->scalar.empty()) return wrong(node, "a topic needs a `name`");
  kafka::TopicSpec spec;
  spec.name = std::string(prefix) + topic->scalar;
  if (partitions == nullptr) return wrong(node, "a topic needs `partitions`");
  const auto& number = partitions->scalar;
  const auto [end, failed] =
      std::from_chars(number.data(), number.data() + number.size(), spec.partitions);
  if (failed != std::errc{} || end != number.data() + number.size() || spec.partitions < 1) {
    return wrong(*partitions, "`partitions` must be a number from 1");
  }
  if (const auto* settings = node.find("config")) {
    for (const auto& [key, value] : settings->map) spec.config[key] = value.scalar;
  }
  return spec;
}

}  // namespace

Result<std::vector<kafka::TopicSpec>> read_topics(std::string_view yaml,
                                                  std::string_view prefix,
                                                  std::int16_t replication) {
  auto document = config::parse_yaml(yaml);
  if (!document) return std::move(document).error();
  const auto* topics = document.value().find("topics");
  if (topics == nullptr || topics->list.empty()) {
    return Error{Errc::kConfigValue, "no list `topics`"};
  }
  std::vector<kafka::TopicSpec> specs;
  for (const auto& node : topics->list) {
    auto spec = read_topic(node, prefix);
    if (!spec) return std::move(spec).error();
    spec.value().replication = replication;
    specs.push_back(std::move(spec).value());
  }
  return specs;
}

}  // namespace cw::cli
