#include "cli/replay/replay_command.hpp"

#include "cli/count_view.hpp"
#include "cli/replay/replay_control.hpp"
#include "cli/replay/replay_counts.hpp"
#include "cli/replay/replay_inputs.hpp"
#include "cli/replay/replay_watchlist.hpp"
#include "cli/session.hpp"
#include "lib/crypto/random.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace cw::cli {
namespace {

constexpr std::size_t kRefusedShown = 100;

constexpr const char* kFooter =
    "Example: cardwatch replay --incident incident.yaml --issuers issuers/*.yaml \\\n"
    "           --exposures extract-1=extract-1.csv@2009-07-17T02:00:00Z --reports batch-*.csv \\\n"
    "           --scope scope/*.yaml counts --as-of 2009-10-23 --by outcome\n"
    "Times that no file gives: the incident is in effect from the start of its first day, "
    "exposures\n"
    "are received then, reports when they were reported. Exit code 1: some rows were refused.";

struct ReplayArguments {
  std::string incident;
  std::vector<std::string> issuers;
  std::vector<std::string> exposures;
  std::vector<std::string> reports;
  std::vector<std::string> scope;
  std::string match_key;
  CountTexts count;
  std::string issuer;
  bool cards = false;
};

/// NAME=FILE[@TIME].
struct ExposureArgument {
  FileName name;
  std::string path;
  std::optional<Instant> received_at;
};

Result<ExposureArgument> parse_exposure(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || !is_id(text.substr(0, equals))) {
    return Error{Errc::kBadRequest, "--exposures takes NAME=FILE or NAME=FILE@TIME"};
  }
  ExposureArgument argument{FileName{text.substr(0, equals)}, text.substr(equals + 1), {}};
  const std::size_t at = argument.path.rfind('@');
  if (at == std::string::npos) return argument;
  const auto instant = parse_instant(std::string_view(argument.path).substr(at + 1));
  if (!instant) return argument;
  argument.received_at = instant.value();
  argument.path.resize(at);
  return argument;
}

Result<crypto::MatchKey> match_key(const std::string& path) {
  if (!path.empty()) return crypto::MatchKey::load(path);
  return crypto::MatchKey::from_hex(Sensitive(crypto::random_hex(crypto::MatchKey::kBytes)));
}

class Replay {
 public:
  Replay(const ReplayArguments& arguments, Terminal& terminal)
      : arguments_(arguments), terminal_(terminal) {}

  void counts() {
    if (!read_control()) return;
    const auto query = count_query(arguments_.count, control_files_.incident());
    if (!query) return usage(query.error());
    if (!read_inputs()) return;
    FactBook facts;
    inputs_->derive_each([&facts](const CardResult& result) {
      for (const Fact& fact : result.facts) facts.put(fact);
    });
    const std::string json = count_document(facts, query.value(), control_, inputs_->files());
    const auto document = codec::JsonDocument::parse(json, json.size());
    if (!document) return terminal_.fail(document.error());
    print_count(terminal_, document.value().root(), json);
  }

  void watchlist() {
    if (!read_control() || !read_inputs()) return;
    std::vector<WatchEntry> entries;
    inputs_->derive_each([&](CardResult result) {
      const bool wanted = result.entry && (arguments_.issuer.empty() ||
                                           result.entry->issuer.get() == arguments_.issuer);
      if (wanted) entries.push_back(*std::move(result.entry));
    });
    const auto list = arguments_.cards ? watch_cards(std::move(entries)) : watch_summary(entries);
    terminal_.print(list.table, list.json);
  }

 private:
  void usage(const Error& error) {
    terminal_.fail(name(error.code), error.detail, "", ExitCode::kUsage);
  }

  bool fail(const std::string& file, Error error) {
    error.detail = file + ": " + error.detail;
    terminal_.fail(error);
    return false;
  }

  bool read_documents(const std::vector<std::string>& files,
                      Status (ReplayControl::*add)(std::string_view)) {
    for (const std::string& file : files) {
      const auto json = read_document(terminal_, file);
      if (!json) return false;
      if (Status status = (control_files_.*add)(*json); !status) {
        return fail(file, std::move(status).error());
      }
    }
    return true;
  }

  bool read_control() {
    const bool read = read_documents({arguments_.incident}, &ReplayControl::set_incident) &&
                      read_documents(arguments_.issuers, &ReplayControl::add_issuer) &&
                      read_documents(arguments_.scope, &ReplayControl::add_scope);
    if (read) control_ = control_files_.fold();
    return read;
  }

  bool read_inputs() {
    auto key = match_key(arguments_.match_key);
    if (!key) {
      terminal_.fail(key.error());
      return false;
    }
    const Incident& incident = control_files_.incident();
    inputs_.emplace(control_, incident.id, std::move(key).value());
    inputs_->on_progress([this](std::uint64_t done, std::uint64_t total) {
      terminal_.progress(progress_bar(done, total));
    });
    for (const std::string& text : arguments_.exposures) {
      auto argument = parse_exposure(text);
      if (!argument) {
        usage(argument.error());
        return false;
      }
      const auto& [name, path, received_at] = argument.value();
      Status status =
          inputs_->add_exposures(name, path, received_at.value_or(incident.effective_at));
      if (!status) return fail(path, std::move(status).error());
    }
    for (const std::string& path : arguments_.reports) {
      if (Status status = inputs_->add_reports(path); !status) {
        return fail(path, std::move(status).error());
      }
    }
    terminal_.progress("");
    show_refused();
    return true;
  }

  void show_refused() {
    if (inputs_->refused_count() == 0) return;
    Table table({{"file"}, {"line", Align::kRight}, {"column"}, {"code"}, {"detail"}});
    const std::size_t shown = std::min(inputs_->refused().size(), kRefusedShown);
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& [path, row] = inputs_->refused()[i];
      table.add({path,
                 std::to_string(row.line),
                 row.column,
                 std::string(name(row.error.code)),
                 row.error.detail});
    }
    const auto total = inputs_->refused_count();
    terminal_.say(std::to_string(total) + " rows were refused" +
                  (total > shown ? ", the first of them:" : ":") + "\n" + table.aligned());
    terminal_.exit_code = ExitCode::kRowsRefused;
  }

  const ReplayArguments& arguments_;
  Terminal& terminal_;
  ReplayControl control_files_;
  Control control_;
  std::optional<ReplayInputs> inputs_;
};

void add_count_options(CLI::App& verb, CountTexts& texts) {
  verb.add_option("--since", texts.since, "First day; default: the incident's `since`");
  verb.add_option("--as-of", texts.as_of, "Last day; default: today");
  verb.add_option("--known-at",
                  texts.known_at,
                  "RFC 3339; use only what had been received by then; default: everything");
  verb.add_option("--unit", texts.unit, "reports, cards or members (default)");
  verb.add_option("--by",
                  texts.by,
                  "Break down, comma-separated: issuer, outcome, disposition, fraud_type, day, "
                  "approved");
  verb.add_option("--outcome",
                  texts.outcome,
                  "Only these, comma-separated: identified, in_file, expiry_mismatch, "
                  "predates_exposure, not_exposed");
  verb.add_option("--attributable",
                  texts.attributable,
                  "only (default: what a leak can have caused), exclude or both");
}

void add_file_options(CLI::App& noun, ReplayArguments& arguments) {
  noun.add_option("--incident", arguments.incident, "The incident's file (YAML or JSON)")
      ->required();
  noun.add_option("--issuers", arguments.issuers, "The issuers' files");
  noun.add_option("--exposures",
                  arguments.exposures,
                  "NAME=FILE.csv or NAME=FILE.csv@TIME: exposed files with the names that the "
                  "incident declares, and when they were received");
  noun.add_option("--reports", arguments.reports, "Reports: CSV, or JSON if named .json");
  noun.add_option(
      "--scope", arguments.scope, "Scope revisions; one without effective_at is only proposed");
  noun.add_option("--match-key",
                  arguments.match_key,
                  "Key file behind the card references; default: a random key for this run");
}

}  // namespace

void add_replay(CLI::App& app, Terminal& terminal) {
  const auto arguments = std::make_shared<ReplayArguments>();
  auto* noun = app.add_subcommand(
      "replay", "Match and count over files alone: no Kafka, no services, nothing leaves");
  noun->require_subcommand(1);
  noun->footer(kFooter);
  add_file_options(*noun, *arguments);

  auto* counts_verb =
      noun->add_subcommand("counts", "How many, as `cardwatch counts` would answer");
  add_count_options(*counts_verb, arguments->count);
  counts_verb->footer(kFooter);
  counts_verb->callback([arguments, &terminal] { Replay(*arguments, terminal).counts(); });

  auto* watch_verb = noun->add_subcommand("watchlist", "What each issuer would be told to watch");
  watch_verb->add_option("--issuer", arguments->issuer, "Only this issuer's list");
  watch_verb->add_flag("--cards", arguments->cards, "Each card, as its reference");
  watch_verb->footer(kFooter);
  watch_verb->callback([arguments, &terminal] { Replay(*arguments, terminal).watchlist(); });
}

}  // namespace cw::cli
