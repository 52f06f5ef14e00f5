#include "cli/session.hpp"
#include "cli/topic_file.hpp"
#include "lib/kafka/admin.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>

namespace cw::cli {
namespace {

struct TopicArguments {
  std::string brokers = "localhost:9092";
  std::string file = "schemas/topics.yaml";
  std::string prefix = "cardwatch.";
  std::int16_t replication = 1;
  bool dry_run = false;
};

void apply_topics(Terminal& terminal, const TopicArguments& arguments) {
  std::ifstream stream(arguments.file, std::ios::binary);
  if (!stream) return terminal.fail(Error{Errc::kFileRead, "cannot read " + arguments.file});
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  const auto specs = read_topics(text, arguments.prefix, arguments.replication);
  if (!specs) {
    return terminal.fail(Error{specs.error().code, arguments.file + ": " + specs.error().detail});
  }
  Table table({{"topic"}, {"partitions", Align::kRight}, {"result"}});
  if (arguments.dry_run) {
    for (const auto& spec : specs.value()) {
      table.add({spec.name, std::to_string(spec.partitions), "would be created if missing"});
    }
    return terminal.print(table, "null");
  }
  kafka::ClientOptions client;
  client.brokers = arguments.brokers;
  client.client_id = "cardwatch-cli";
  auto admin = kafka::Admin::create(client);
  if (!admin) return terminal.fail(admin.error());
  const auto outcomes = admin.value()->create_topics(specs.value(), std::chrono::seconds{30});
  if (!outcomes) return terminal.fail(outcomes.error());
  std::string json;
  for (std::size_t i = 0; i < specs.value().size(); ++i) {
    const auto& outcome = outcomes.value()[i];
    const std::string result = outcome.created ? "created" : "was there";
    table.add({outcome.name, std::to_string(specs.value()[i].partitions), result});
    json += std::string(json.empty() ? "" : ",") + R"({"topic":")" + outcome.name +
            R"(","created":)" + (outcome.created ? "true" : "false") + "}";
  }
  terminal.print(table, "[" + json + "]");
}

}  // namespace

void add_topics(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("topics", "The Kafka topics (talks to Kafka, not to a service)");
  noun->require_subcommand(1);
  const auto arguments = std::make_shared<TopicArguments>();
  auto* verb = noun->add_subcommand("apply", "Create the topics that are missing");
  verb->add_option("--brokers", arguments->brokers, "Bootstrap brokers")->capture_default_str();
  verb->add_option("--file", arguments->file, "The declaration")->capture_default_str();
  verb->add_option("--prefix", arguments->prefix, "Put before each name")->capture_default_str();
  verb->add_option("--replication", arguments->replication, "Copies of each partition")
      ->capture_default_str()
      ->check(CLI::Range(1, 15));
  verb->add_flag("--dry-run", arguments->dry_run, "Only say what would be created");
  verb->footer("Example: cardwatch topics apply --brokers kafka-0:9092 --replication 3");
  verb->callback([&session, arguments] { apply_topics(session.terminal, *arguments); });
}

}  // namespace cw::cli
