#include "cli/session.hpp"
#include "cli/topic_dump.hpp"
#include "cli/topic_file.hpp"
#include "lib/kafka/admin.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

namespace cw::cli {
namespace {

struct TopicArguments {
  std::string brokers = "localhost:9092";
  std::string file = "schemas/topics.yaml";
  std::string prefix = "cardwatch.";
  std::int16_t replication = 1;
  bool dry_run = false;
  std::string folder;
};

kafka::ClientOptions client_options(const TopicArguments& arguments) {
  kafka::ClientOptions client;
  client.brokers = arguments.brokers;
  client.client_id = "cardwatch-cli";
  return client;
}

/// The declared topics; nothing after the error was shown.
std::optional<std::vector<kafka::TopicSpec>> declared(Terminal& terminal,
                                                      const TopicArguments& arguments) {
  std::ifstream stream(arguments.file, std::ios::binary);
  if (!stream) {
    terminal.fail(Error{Errc::kFileRead, "cannot read " + arguments.file});
    return std::nullopt;
  }
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  auto specs = read_topics(text, arguments.prefix, arguments.replication);
  if (!specs) {
    terminal.fail(Error{specs.error().code, arguments.file + ": " + specs.error().detail});
    return std::nullopt;
  }
  return std::move(specs).value();
}

void show_dry_run(Terminal& terminal, const std::vector<kafka::TopicSpec>& specs) {
  Table table({{"topic"}, {"partitions", Align::kRight}, {"result"}});
  for (const auto& spec : specs) {
    table.add({spec.name, std::to_string(spec.partitions), "would be created if missing"});
  }
  terminal.print(table, "null");
}

void apply_topics(Terminal& terminal, const TopicArguments& arguments) {
  const auto specs = declared(terminal, arguments);
  if (!specs) return;
  if (arguments.dry_run) return show_dry_run(terminal, *specs);
  auto admin = kafka::Admin::create(client_options(arguments));
  if (!admin) return terminal.fail(admin.error());
  const auto outcomes = admin.value()->create_topics(*specs, std::chrono::seconds{30});
  if (!outcomes) return terminal.fail(outcomes.error());
  Table table({{"topic"}, {"partitions", Align::kRight}, {"result"}});
  std::string json;
  for (std::size_t i = 0; i < specs->size(); ++i) {
    const auto& outcome = outcomes.value()[i];
    const std::string result = outcome.created ? "created" : "was there";
    table.add({outcome.name, std::to_string((*specs)[i].partitions), result});
    json += std::string(json.empty() ? "" : ",") + R"({"topic":")" + outcome.name +
            R"(","created":)" + (outcome.created ? "true" : "false") + "}";
  }
  terminal.print(table, "[" + json + "]");
}

void dump_topics(Terminal& terminal, const TopicArguments& arguments) {
  const auto specs = declared(terminal, arguments);
  if (!specs) return;
  std::error_code failed;
  std::filesystem::create_directories(arguments.folder, failed);
  if (failed) return terminal.fail(Error{Errc::kFileWrite, "cannot make " + arguments.folder});
  Table table({{"topic"}, {"records", Align::kRight}});
  std::string json;
  for (const auto& spec : *specs) {
    terminal.progress("reading " + spec.name);
    const auto file = std::filesystem::path(arguments.folder) / (spec.name + ".tsv");
    const auto records =
        dump_topic(client_options(arguments), spec.name, file, std::chrono::minutes{2});
    if (!records) return terminal.fail(records.error());
    const auto count = static_cast<std::int64_t>(records.value());
    table.add({spec.name, grouped(count)});
    json += std::string(json.empty() ? "" : ",") + R"({"topic":")" + spec.name + R"(","records":)" +
            std::to_string(count) + "}";
  }
  terminal.print(table, "[" + json + "]");
}

void add_common_options(CLI::App* verb, TopicArguments& arguments) {
  verb->add_option("--brokers", arguments.brokers, "Bootstrap brokers")->capture_default_str();
  verb->add_option("--file", arguments.file, "The declaration")->capture_default_str();
  verb->add_option("--prefix", arguments.prefix, "Put before each name")->capture_default_str();
}

}  // namespace

void add_topics(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("topics", "The Kafka topics (talks to Kafka, not to a service)");
  noun->require_subcommand(1);
  const auto arguments = std::make_shared<TopicArguments>();

  auto* apply_verb = noun->add_subcommand("apply", "Create the topics that are missing");
  add_common_options(apply_verb, *arguments);
  apply_verb->add_option("--replication", arguments->replication, "Copies of each partition")
      ->capture_default_str()
      ->check(CLI::Range(1, 15));
  apply_verb->add_flag("--dry-run", arguments->dry_run, "Only say what would be created");
  apply_verb->footer("Example: cardwatch topics apply --brokers kafka-0:9092 --replication 3");
  apply_verb->callback([&session, arguments] { apply_topics(session.terminal, *arguments); });

  auto* dump_verb = noun->add_subcommand(
      "dump", "Write all committed records to FOLDER, a file a topic, for a look or a search");
  add_common_options(dump_verb, *arguments);
  dump_verb->add_option("FOLDER", arguments->folder, "Made if missing")->required();
  dump_verb->footer("Lines: partition, offset, key, value, tab-separated.");
  dump_verb->callback([&session, arguments] { dump_topics(session.terminal, *arguments); });
}

}  // namespace cw::cli
