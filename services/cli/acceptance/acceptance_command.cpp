#include "cli/acceptance/acceptance_command.hpp"

#include "cli/acceptance/acceptance_run.hpp"
#include "cli/acceptance/acceptance_view.hpp"
#include "cli/acceptance/endpoint.hpp"
#include "cli/terminal.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/random.hpp"
#include "lib/domain/ids.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::cli {
namespace {

constexpr const char* kFooter =
    "Plays a sender with test cards only: batches in order, twice, late and split, gaps, forged\n"
    "and stale signatures, a foreign batch, digests, repairs, snapshots and a new epoch. Run it\n"
    "against an endpoint that holds no real list: the list is replaced by snapshots in the epochs\n"
    "--epoch and --epoch + 1, and is empty at the end. As epochs only rise, give the receiver an\n"
    "empty store before the real feed begins.\n"
    "Exit codes: 0 every check has passed; 2 some have not, and are listed; 69 no answer at all.\n"
    "Example: cardwatch feed acceptance --issuer card-a --url "
    "https://feed.card-a.example/feeds/\\\n"
    "  card-a --client-certificate c.pem --client-key c.key --ca ca.pem \\\n"
    "  --encryption-key card-a.jwk --signing-secret card-a.whsec\n"
    "and for HTTP message signatures, instead of the secret:\n"
    "  --signature http-message-signatures --signing-key signing.pem";

constexpr std::string_view kWebhooks = "standard-webhooks";
constexpr std::string_view kMessages = "http-message-signatures";

constexpr std::uint32_t kEpochMost = 2'147'483'646;
constexpr std::size_t kRunIdBytes = 6;
constexpr std::size_t kPrefixLeast = 6;

struct AcceptanceArguments {
  std::string issuer;
  EndpointOptions endpoint;
  std::string signature{kWebhooks};
  std::vector<std::string> signing_secrets;
  std::vector<std::string> signing_keys;
  std::uint32_t epoch = 0;  ///< 0: by the clock.
  std::string card_prefix = "35699900";
  std::size_t batch_max = 500;
  std::uint32_t timeout_seconds = 30;
  std::vector<std::string> only;
  bool list = false;
};

/// Rises from run to run and is far above that of any feed, which begins with 1.
std::uint32_t epoch_by_clock() {
  const auto start = parse_instant("2020-01-01T00:00:00Z").value();
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(now() - start).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(since, 1, kEpochMost));
}

Status check_arguments(const AcceptanceArguments& arguments) {
  if (!is_id(arguments.issuer)) return Error{Errc::kBadRequest, "--issuer is not an id"};
  const std::string& prefix = arguments.card_prefix;
  const bool digits =
      std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || prefix.size() < kPrefixLeast || prefix.size() > TestFeed::kPrefixMax) {
    return Error{Errc::kBadRequest, "--card-prefix: 6 to 10 digits are wanted"};
  }
  return Ok{};
}

/// The checks of --only and those that these build on.
Result<std::vector<Check>> wanted_checks(const std::vector<std::string>& only) {
  auto checks = all_checks();
  for (const std::string& id : only) {
    if (std::none_of(checks.begin(), checks.end(), [&](const Check& c) { return c.id == id; })) {
      return Error{Errc::kBadRequest, "--only: there is no check " + id};
    }
  }
  if (only.empty()) return checks;
  std::erase_if(checks, [&](const Check& check) {
    const bool named = std::find(only.begin(), only.end(), check.id) != only.end();
    const bool needed = check.after_failure != AfterFailure::kRestore || check.id == "left_empty";
    return !named && !needed;
  });
  return checks;
}

void list_checks(Terminal& terminal) {
  AcceptanceReport report;
  const auto checks = all_checks();
  Table table({{"check"}, {"what"}, {"how to mend it"}});
  for (const Check& check : checks) {
    table.add({std::string(check.id), std::string(check.about), std::string(check.mend)});
    report.outcomes.push_back({.check = &check});
  }
  terminal.print(table, acceptance_json(report));
}

void show(const AcceptanceReport& report, Terminal& terminal) {
  terminal.print(acceptance_table(report), acceptance_json(report));
  terminal.say(acceptance_summary(report));
  if (!report.passed()) terminal.exit_code = ExitCode::kDifferent;
}

void run(const AcceptanceArguments& arguments, Terminal& terminal) {
  if (arguments.list) return list_checks(terminal);
  if (const auto status = check_arguments(arguments); !status) {
    return terminal.fail(name(status.error().code), status.error().detail, "", ExitCode::kUsage);
  }
  const auto checks = wanted_checks(arguments.only);
  if (!checks) {
    return terminal.fail(name(checks.error().code),
                         checks.error().detail,
                         "cardwatch feed acceptance --list shows them",
                         ExitCode::kUsage);
  }
  EndpointOptions options = arguments.endpoint;
  const bool messages = arguments.signature == kMessages;
  options.signature =
      messages ? FeedSignature::kHttpMessageSignatures : FeedSignature::kStandardWebhooks;
  options.signing_keys = messages ? arguments.signing_keys : arguments.signing_secrets;
  options.timeout = std::chrono::seconds{arguments.timeout_seconds};
  auto endpoint = Endpoint::create(options);
  if (!endpoint) return terminal.fail(endpoint.error());
  for (const std::string& keyid : endpoint.value()->signer().keyids()) {
    terminal.say("signing with keyid " + keyid);
  }

  const std::uint32_t epoch = arguments.epoch == 0 ? epoch_by_clock() : arguments.epoch;
  TestFeed feed(arguments.issuer, arguments.card_prefix, epoch);
  fill_base(feed);
  Trial trial(
      *endpoint.value(), std::move(feed), crypto::random_hex(kRunIdBytes), arguments.batch_max);
  const std::string state = trial.new_id();
  const Answer first = trial.send(trial.verification(state));
  if (first.status == 0 && first.failure) return terminal.fail(*first.failure);
  const AcceptanceReport report{
      .issuer = arguments.issuer,
      .url = options.url,
      .epoch = epoch,
      .outcomes = run_checks(
          checks.value(), trial, [&](const Check& check) { terminal.progress(check.id); })};
  show(report, terminal);
}

void add_signing(CLI::App& verb, AcceptanceArguments& arguments, CLI::Option* list) {
  verb.add_option("--signature", arguments.signature, "How pushes are signed, as the issuer chose")
      ->capture_default_str()
      ->check(CLI::IsMember({std::string(kWebhooks), std::string(kMessages)}))
      ->excludes(list);
  auto* secrets = verb.add_option("--signing-secret",
                                  arguments.signing_secrets,
                                  "For standard-webhooks: file with whsec_ or whsk_; may be "
                                  "repeated: every push is signed with each");
  auto* keys = verb.add_option("--signing-key",
                               arguments.signing_keys,
                               "For http-message-signatures: file with a private key in PEM, "
                               "Ed25519 or P-256; may be repeated like the other");
  for (CLI::Option* option : {secrets, keys}) option->allow_extra_args(false)->excludes(list);
  secrets->excludes(keys);
}

void add_options(CLI::App& verb, AcceptanceArguments& arguments) {
  EndpointOptions& endpoint = arguments.endpoint;
  auto* list = verb.add_flag("--list", arguments.list, "Show the checks and run none");
  const auto needed = [&](const char* name, std::string& value, const char* about) {
    return verb.add_option(name, value, about)->excludes(list);
  };
  needed("--issuer", arguments.issuer, "Id of the issuer that the endpoint receives for");
  needed("--url", endpoint.url, "Where batches are posted to");
  needed("--client-certificate", endpoint.tls.certificate, "PEM that the sender shows");
  needed("--client-key", endpoint.tls.key, "Its private key, PEM");
  needed("--ca", endpoint.tls.ca, "PEM of the authority that signed the endpoint's certificate");
  needed("--encryption-key", endpoint.encryption_key, "The issuer's public key: JWK or PEM");
  add_signing(verb, arguments, list);
  verb.add_option("--epoch",
                  arguments.epoch,
                  "Epoch to work in, and the one after it; default: seconds since 2020")
      ->check(CLI::Range(std::uint32_t{1}, kEpochMost));
  verb.add_option("--card-prefix",
                  arguments.card_prefix,
                  "First digits of the cards: a range that is never issued")
      ->capture_default_str();
  verb.add_option("--batch-max", arguments.batch_max, "Entries in the largest batch")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, codec::kBatchEntriesMax));
  verb.add_option("--timeout", arguments.timeout_seconds, "Seconds to wait for an answer")
      ->capture_default_str()
      ->check(CLI::Range(1U, 600U));
  verb.add_option("--only", arguments.only, "This check and what it builds on; may be repeated")
      ->allow_extra_args(false);
}

/// The option that gives the key of the kind of signature.
std::string missing_key(const AcceptanceArguments& arguments) {
  const bool messages = arguments.signature == kMessages;
  const auto& given = messages ? arguments.signing_keys : arguments.signing_secrets;
  if (!given.empty()) return "";
  const std::string wanted = messages ? "--signing-key" : "--signing-secret";
  const bool other = !arguments.signing_secrets.empty() || !arguments.signing_keys.empty();
  return other ? wanted + " (which goes with --signature " + arguments.signature + ")" : wanted;
}

/// CLI11 has no "required unless --list".
std::string missing_option(const AcceptanceArguments& arguments) {
  const EndpointOptions& endpoint = arguments.endpoint;
  if (arguments.list) return "";
  if (arguments.issuer.empty()) return "--issuer";
  if (endpoint.url.empty()) return "--url";
  if (endpoint.tls.certificate.empty()) return "--client-certificate";
  if (endpoint.tls.key.empty()) return "--client-key";
  if (endpoint.tls.ca.empty()) return "--ca";
  if (endpoint.encryption_key.empty()) return "--encryption-key";
  return missing_key(arguments);
}

}  // namespace

void add_feed_acceptance(CLI::App& noun, Terminal& terminal) {
  const auto arguments = std::make_shared<AcceptanceArguments>();
  auto* verb = noun.add_subcommand(
      "acceptance", "Try an issuer's endpoint with test cards (for the issuer's engineers)");
  add_options(*verb, *arguments);
  verb->footer(kFooter);
  verb->callback([arguments, &terminal] {
    const std::string missing = missing_option(*arguments);
    if (!missing.empty()) throw CLI::RequiredError(missing);
    run(*arguments, terminal);
  });
}

}  // namespace cw::cli
