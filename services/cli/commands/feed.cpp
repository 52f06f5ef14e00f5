#include "cli/acceptance/acceptance_command.hpp"
#include "cli/session.hpp"

#include <CLI/CLI.hpp>

namespace cw::cli {
namespace {

std::string number(codec::JsonValue value) {
  const auto integer = value.integer();
  return integer ? grouped(*integer) : cell(value);
}

std::string agreement(codec::JsonValue equal) {
  if (const auto known = equal.boolean()) return *known ? "equal" : "DIFFERENT";
  return "unknown";
}

void status(Session& session) {
  const auto reply = session.get(&Profile::notifier_url, "/v1/feeds");
  if (!reply) return;
  Table table({{"issuer"},
               {"state"},
               {"entries", Align::kRight},
               {"pending", Align::kRight},
               {"through", Align::kRight},
               {"applied", Align::kRight},
               {"digest"},
               {"both sides"},
               {"failures", Align::kRight},
               {"oldest s", Align::kRight},
               {"last error"}});
  for (const auto feed : reply->document.root().elements()) {
    table.add({cell(feed["issuer"]),
               cell(feed["state"]),
               number(feed["entries"]),
               number(feed["pending"]),
               cell(feed["through"]),
               cell(feed["applied_through"]),
               feed["digest"].text_or("-").substr(0, 12),
               agreement(feed["digest_equal"]),
               number(feed["failures"]),
               cell(feed["oldest_undelivered_seconds"]),
               cell(feed["last_error"])});
  }
  session.terminal.print(table, reply->body);
}

}  // namespace

void add_feed(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("feed", "The issuers' feeds");
  noun->require_subcommand(1);
  auto* verb = noun->add_subcommand("status", "How far each issuer's feed is, and what is wrong");
  verb->footer("Example: cardwatch feed status --output json");
  verb->callback([&session] { status(session); });
  add_feed_acceptance(*noun, session.terminal);
}

}  // namespace cw::cli
