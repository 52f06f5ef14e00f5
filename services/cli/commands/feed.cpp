#include "cli/acceptance/acceptance_command.hpp"
#include "cli/commands/feed_orders.hpp"
#include "cli/feed_view.hpp"
#include "cli/session.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace cw::cli {
namespace {

void status(Session& session) {
  const auto reply = session.get(&Profile::notifier_url, "/v1/feeds");
  if (!reply) return;
  session.terminal.print(feeds_table(reply->document.root()), reply->body);
}

void show(Session& session, const std::string& issuer) {
  const auto reply =
      session.get(&Profile::notifier_url, "/v1/feeds/" + http::percent_encode(issuer));
  if (!reply) return;
  session.terminal.print(feed_table(reply->document.root()), reply->body);
}

}  // namespace

void add_feed(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("feed", "The issuers' feeds");
  noun->require_subcommand(1);
  auto* status_verb =
      noun->add_subcommand("status", "How far each issuer's feed is, and what is wrong");
  status_verb->footer("Example: cardwatch feed status --output json");
  status_verb->callback([&session] { status(session); });

  const auto issuer = std::make_shared<std::string>();
  auto* show_verb = noun->add_subcommand("show", "Everything about one issuer's feed");
  show_verb->add_option("--issuer", *issuer, "Its id")->required();
  show_verb->footer("Example: cardwatch feed show --issuer jcb-a");
  show_verb->callback([&session, issuer] { show(session, *issuer); });

  add_feed_orders(*noun, session);
  add_feed_acceptance(*noun, session.terminal);
}

}  // namespace cw::cli
