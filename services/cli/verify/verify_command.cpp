#include "cli/verify/verify_command.hpp"

#include "cli/terminal.hpp"
#include "cli/verify/verify_view.hpp"
#include "lib/kafka/transactional_writer.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cw::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kFooter =
    "Recomputes every card from the inputs that the matchers' group has committed, by the rules\n"
    "alone and not by the matcher's own way, and compares with the facts and watch entries that\n"
    "readers hold. It reads only, and joins no group: it may run beside a working matcher. Cards\n"
    "whose inputs the matcher goes on with meanwhile are left out and counted as such; with the\n"
    "matcher idle or stopped nothing is left out. A report that is received but not yet worked\n"
    "through is no difference. Needs memory for one partition's inputs and outputs.\n"
    "--repair shows what would be written, --repair --yes writes it, the differences of a\n"
    "partition in one transaction. Stop the matchers before (a member that ended counts until\n"
    "its session is over), and verify again afterwards.\n"
    "Exit codes: 0 equal, or all differences repaired; 2 there are differences; 69 Kafka is away,\n"
    "a transaction is left open, or a matcher is at work and --repair is refused.\n"
    "Example: cardwatch verify --config /etc/cardwatch/matcher.yaml";

struct VerifyArguments {
  std::string config;
  std::string brokers;
  std::string prefix;
  std::string group;
  std::vector<std::int32_t> partitions;
  std::size_t findings_max = 1000;
  std::uint32_t patience_seconds = 120;
  bool repair = false;
  bool yes = false;
  bool while_running = false;
  bool json = false;
};

/// A run of the command.
class Verify {
 public:
  Verify(const VerifyArguments& arguments, Terminal& terminal)
      : arguments_(arguments), terminal_(terminal) {}

  void run() {
    if (arguments_.json) terminal_.format = OutputFormat::kJson;
    if (arguments_.yes && !arguments_.repair) {
      return terminal_.fail("BAD_REQUEST", "--yes goes with --repair", "", ExitCode::kUsage);
    }
    auto place = read_arguments();
    if (!place) return terminal_.fail(place.error());
    place_ = std::move(place).value();
    auto verifier = PartitionVerifier::open(place_, options());
    if (!verifier) return terminal_.fail(verifier.error());
    verifier_ = std::move(verifier).value();
    if (writes()) {
      if (auto status = check_alone(); !status) return terminal_.fail(status.error());
    }
    report_.repair_state = !arguments_.repair ? RepairState::kNotAsked
                           : arguments_.yes   ? RepairState::kWritten
                                              : RepairState::kDryRun;
    for (const auto partition : wanted_partitions()) {
      if (partition >= verifier_->partitions()) {
        return terminal_.fail(
            "BAD_REQUEST",
            "there are " + std::to_string(verifier_->partitions()) + " partitions, numbered from 0",
            "",
            ExitCode::kUsage);
      }
      if (auto status = verify(partition); !status) return terminal_.fail(status.error());
    }
    show();
  }

 private:
  [[nodiscard]] bool writes() const { return arguments_.repair && arguments_.yes; }

  Result<VerifyPlace> read_arguments() const {
    VerifyPlace place;
    place.client.brokers = "localhost:9092";
    if (!arguments_.config.empty()) {
      std::ifstream stream(arguments_.config, std::ios::binary);
      if (!stream) return Error{Errc::kFileRead, "cannot read " + arguments_.config};
      const std::string text{std::istreambuf_iterator<char>{stream}, {}};
      if (auto status = read_place(text, place); !status) {
        return Error{status.error().code, arguments_.config + ": " + status.error().detail};
      }
    }
    if (!arguments_.brokers.empty()) place.client.brokers = arguments_.brokers;
    if (!arguments_.prefix.empty()) place.prefix = arguments_.prefix;
    if (!arguments_.group.empty()) place.group = arguments_.group;
    place.client.client_id = "cardwatch-verify";
    return place;
  }

  VerifyOptions options() {
    VerifyOptions options;
    options.comparison.findings_max = arguments_.findings_max;
    options.comparison.keep_repairs = arguments_.repair;
    options.patience = std::chrono::seconds{arguments_.patience_seconds};
    options.on_progress = [this](std::int32_t partition, std::uint64_t done, std::uint64_t total) {
      progress(partition, done, total);
    };
    return options;
  }

  std::vector<std::int32_t> wanted_partitions() const {
    if (!arguments_.partitions.empty()) return arguments_.partitions;
    std::vector<std::int32_t> all;
    for (std::int32_t number = 0; number < verifier_->partitions(); ++number) {
      all.push_back(number);
    }
    return all;
  }

  /// A bar on a terminal, a line now and then elsewhere.
  void progress(std::int32_t partition, std::uint64_t done, std::uint64_t total) {
    constexpr std::chrono::milliseconds kBarEvery{200};
    constexpr std::chrono::seconds kLineEvery{10};
    constexpr std::uint64_t kAll = 100;
    if (Clock::now() - told_at_ <
        (terminal_.interactive() ? Clock::duration{kBarEvery} : Clock::duration{kLineEvery})) {
      return;
    }
    told_at_ = Clock::now();
    const std::string line = "partition " + std::to_string(partition) + " of " +
                             std::to_string(verifier_->partitions()) + ": " +
                             std::to_string(total == 0 ? kAll : done * kAll / total) + " % of " +
                             grouped(static_cast<std::int64_t>(total)) + " offsets read";
    if (terminal_.interactive()) {
      terminal_.progress(line);
    } else {
      terminal_.say(line);
    }
  }

  /// Fails while a matcher could write at the same time.
  Status check_alone() {
    if (arguments_.while_running) return Ok{};
    const auto members = verifier_->members();
    if (!members) return members.error();
    if (members.value().count == 0) return Ok{};
    return Error{Errc::kUnavailable,
                 "group " + place_.group_id() + " has " + std::to_string(members.value().count) +
                     " members: stop the matchers and wait for their session time-out, or give "
                     "--while-running"};
  }

  Status verify(std::int32_t partition) {
    auto outcome = verifier_->verify(partition);
    if (!outcome) return std::move(outcome).error();
    auto& comparison = outcome.value().comparison;
    if (arguments_.repair) {
      if (auto status = repair(partition, comparison.repairs); !status) return status;
      comparison.repairs = {};
    }
    report_.partitions.push_back(std::move(outcome).value());
    return Ok{};
  }

  Status repair(std::int32_t partition, const std::vector<CardDifference>& repairs) {
    const auto counts = count_repairs(repairs);
    if (writes() && counts.all() > 0) {
      if (auto status = check_alone(); !status) return status;
      const auto records = repair_records(repairs, verifier_->repair_place(partition));
      if (auto status = write(records); !status) return status;
    }
    report_.repair.facts += counts.facts;
    report_.repair.retractions += counts.retractions;
    report_.repair.watch_changes += counts.watch_changes;
    return Ok{};
  }

  Status write(const std::vector<kafka::OutRecord>& records) {
    if (!writer_) {
      kafka::TransactionalOptions options;
      options.transactional_id = place_.group_id() + "-verify";
      options.transaction_timeout = std::chrono::minutes{5};
      auto made = kafka::TransactionalWriter::create(place_.client, options);
      if (!made) return std::move(made).error();
      writer_ = std::move(made).value();
    }
    return writer_->commit_batch(records, std::chrono::seconds{arguments_.patience_seconds});
  }

  void show() {
    const auto findings = findings_table(report_);
    switch (terminal_.format) {
      case OutputFormat::kJson:
        terminal_.print(verify_json(report_) + "\n");
        break;
      case OutputFormat::kCsv:
        terminal_.print(findings.csv());
        break;
      case OutputFormat::kTable:
        terminal_.print(partitions_table(report_).aligned() + "\n");
        if (!findings.empty()) terminal_.print(findings.aligned() + "\n");
        terminal_.print(summary_text(report_));
        break;
    }
    const bool mended = report_.repair_state == RepairState::kWritten;
    if (report_.differences() > 0 && !mended) terminal_.exit_code = ExitCode::kDifferent;
  }

  const VerifyArguments& arguments_;
  Terminal& terminal_;
  VerifyPlace place_;
  std::unique_ptr<PartitionVerifier> verifier_;
  std::unique_ptr<kafka::TransactionalWriter> writer_;
  VerifyReport report_;
  Clock::time_point told_at_ = Clock::now();
};

void add_place_options(CLI::App& verb, VerifyArguments& arguments) {
  verb.add_option("--config",
                  arguments.config,
                  "Configuration of cardwatch-matcher: brokers, prefix, group and Kafka "
                  "properties are taken from it");
  verb.add_option("--brokers", arguments.brokers, "Bootstrap brokers; default: localhost:9092")
      ->envname("CARDWATCH_KAFKA_BROKERS");
  verb.add_option("--prefix", arguments.prefix, "Put before each topic; default: cardwatch.")
      ->envname("CARDWATCH_KAFKA_TOPIC_PREFIX");
  verb.add_option("--group",
                  arguments.group,
                  "The matchers' group after the prefix; default: "
                  "matcher")
      ->envname("CARDWATCH_MATCHER_GROUP");
}

}  // namespace

void add_verify(CLI::App& app, Terminal& terminal) {
  const auto arguments = std::make_shared<VerifyArguments>();
  auto* verb = app.add_subcommand(
      "verify", "Recompute facts and watch entries from the inputs and compare (talks to Kafka)");
  add_place_options(*verb, *arguments);
  verb->add_option("--partition", arguments->partitions, "Only this one; may be repeated")
      ->allow_extra_args(false)
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--limit", arguments->findings_max, "Most differences shown of a partition")
      ->capture_default_str();
  verb->add_option("--patience",
                   arguments->patience_seconds,
                   "Longest wait in seconds without "
                   "progress")
      ->capture_default_str()
      ->check(CLI::Range(1U, 86'400U));
  verb->add_flag("--repair", arguments->repair, "Say what to write so that readers are right");
  verb->add_flag("--yes", arguments->yes, "With --repair: write it");
  verb->add_flag("--while-running",
                 arguments->while_running,
                 "Repair although the group has members; their cards are left out");
  verb->add_flag("--json", arguments->json, "The same as --output json");
  verb->footer(kFooter);
  verb->callback([arguments, &terminal] { Verify(*arguments, terminal).run(); });
}

}  // namespace cw::cli
