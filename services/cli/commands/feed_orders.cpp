#include "cli/commands/feed_orders.hpp"

#include "cli/feed_view.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace cw::cli {
namespace {

constexpr int kUnderWay = 202;

struct FeedArguments {
  std::string issuer;
  std::string reason;
  std::uint64_t after = 0;
  std::uint64_t limit = 100;
};
using Arguments = std::shared_ptr<FeedArguments>;

std::string path(const FeedArguments& arguments, const std::string& verb) {
  return "/v1/feeds/" + http::percent_encode(arguments.issuer) + "/" + verb;
}

std::string reason_json(const FeedArguments& arguments) {
  std::string json;
  codec::JsonWriter writer(json);
  writer.begin_object();
  if (!arguments.reason.empty()) writer.string("reason", arguments.reason);
  writer.end_object();
  return json;
}

/// Data for programs goes to stdout as it came; people get a sentence.
void print(Session& session, const Reply& reply, const std::string& sentence) {
  if (session.terminal.format == OutputFormat::kJson) return session.terminal.print(reply.body);
  session.terminal.print(sentence + "\n");
}

void order(Session& session,
           const FeedArguments& arguments,
           const std::string& verb,
           std::string json) {
  const auto reply =
      session.send("POST", &Profile::notifier_url, path(arguments, verb), std::move(json));
  if (!reply) return;
  print(session, *reply, order_sentence(reply->document.root(), reply->status == kUnderWay));
}

void probe(Session& session, const FeedArguments& arguments) {
  const auto reply = session.send("POST", &Profile::notifier_url, path(arguments, "probe"), "{}");
  if (!reply) return;
  const bool passed = reply->status != kUnderWay;
  print(session,
        *reply,
        passed ? arguments.issuer + ": the endpoint answered the verification"
               : order_sentence(reply->document.root(), /*under_way=*/true));
}

void replay(Session& session, const FeedArguments& arguments) {
  std::string json;
  codec::JsonWriter writer(json);
  writer.begin_object().number("after", arguments.after);
  if (!arguments.reason.empty()) writer.string("reason", arguments.reason);
  writer.end_object();
  order(session, arguments, "replay", std::move(json));
}

void reconcile(Session& session, const FeedArguments& arguments) {
  const auto reply =
      session.send("POST", &Profile::notifier_url, path(arguments, "reconcile"), "{}");
  if (!reply) return;
  const auto result = reply->document.root();
  print(session, *reply, reconcile_sentence(arguments.issuer, result));
  if (!result["equal_after"].boolean_or(true)) session.terminal.exit_code = ExitCode::kDifferent;
}

void list_set_aside(Session& session, const FeedArguments& arguments) {
  Query query;
  query.add("limit", std::to_string(arguments.limit));
  if (arguments.after > 0) query.add("after", std::to_string(arguments.after));
  const auto reply =
      session.get(&Profile::notifier_url, path(arguments, "set-aside") + query.text());
  if (!reply) return;
  const auto answer = reply->document.root();
  session.terminal.print(set_aside_table(answer), reply->body);
  const auto listed = static_cast<std::int64_t>(answer["entries"].size());
  const auto all = answer["count"].integer_or(listed);
  if (all > listed) {
    session.terminal.say(grouped(all) + " are set aside in all; go on with --after SEQ");
  }
}

void retry_set_aside(Session& session, const FeedArguments& arguments) {
  const auto reply =
      session.send("POST", &Profile::notifier_url, path(arguments, "set-aside/retry"), "{}");
  if (!reply) return;
  const auto answer = reply->document.root();
  print(session, *reply, retry_sentence(answer, reply->status == kUnderWay));
  if (answer["refused"].integer_or(0) > 0) session.terminal.exit_code = ExitCode::kRowsRefused;
}

CLI::App* add_verb(CLI::App& noun,
                   const Arguments& arguments,
                   const std::string& name,
                   const std::string& about,
                   const std::string& example) {
  auto* verb = noun.add_subcommand(name, about);
  verb->add_option("--issuer", arguments->issuer, "Its id")->required();
  verb->footer("Example: cardwatch feed " + example);
  return verb;
}

void add_state_verbs(CLI::App& noun, Session& session, const Arguments& arguments) {
  const auto add = [&](const std::string& name, const std::string& about) {
    auto* verb = add_verb(
        noun, arguments, name, about, name + " --issuer jcb-a --reason 'their data centre moves'");
    verb->add_option("--reason", arguments->reason, "Told to the issuer, and kept");
    verb->callback(
        [&session, arguments, name] { order(session, *arguments, name, reason_json(*arguments)); });
  };
  add("pause", "Hold an issuer's entries, after telling it; nothing is lost");
  add("resume", "Deliver again what was held, also after an answer 410");
  add("disable", "Send nothing at all any more, after telling the issuer; alarms until resumed");
}

void add_set_aside(CLI::App& feed, Session& session, const Arguments& arguments) {
  auto* noun = feed.add_subcommand("set-aside", "Entries that the issuer refused, one by one");
  noun->require_subcommand(1);
  auto* list =
      add_verb(*noun, arguments, "list", "Which, and why", "set-aside list --issuer jcb-a");
  list->add_option("--after", arguments->after, "List those behind this seq");
  list->add_option("--limit", arguments->limit, "At most so many; default 100");
  list->callback([&session, arguments] { list_set_aside(session, *arguments); });
  auto* retry = add_verb(*noun,
                         arguments,
                         "retry",
                         "Offer each of them once more, without touching the cursor",
                         "set-aside retry --issuer jcb-a");
  retry->callback([&session, arguments] { retry_set_aside(session, *arguments); });
}

}  // namespace

void add_feed_orders(CLI::App& noun, Session& session) {
  const auto arguments = std::make_shared<FeedArguments>();
  add_state_verbs(noun, session, arguments);

  add_verb(noun,
           arguments,
           "probe",
           "Send a verification now and show what the endpoint answered",
           "probe --issuer jcb-a")
      ->callback([&session, arguments] { probe(session, *arguments); });
  add_verb(noun,
           arguments,
           "reconcile",
           "Compare the digests of both sides now, and send again what differs",
           "reconcile --issuer jcb-a")
      ->callback([&session, arguments] { reconcile(session, *arguments); });

  auto* replay_verb = add_verb(noun,
                               arguments,
                               "replay",
                               "Put the cursor back: everything behind SEQ is sent again",
                               "replay --issuer jcb-a --after 90211");
  replay_verb->add_option("--after", arguments->after, "0 sends everything")->required();
  replay_verb->add_option("--reason", arguments->reason, "Kept in the log");
  replay_verb->callback([&session, arguments] { replay(session, *arguments); });

  add_set_aside(noun, session, arguments);
}

}  // namespace cw::cli
