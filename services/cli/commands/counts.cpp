#include "cli/count_view.hpp"
#include "cli/session.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <vector>

namespace cw::cli {
namespace {

struct CountArguments {
  std::string incident;
  std::string since;
  std::string as_of;
  std::string known_at;
  std::string unit;
  std::string by;
  std::string outcome;
  std::string attributable;
};

void counts(Session& session, const CountArguments& arguments) {
  const auto query = Query()
                         .add("since", arguments.since)
                         .add("as_of", arguments.as_of)
                         .add("known_at", arguments.known_at)
                         .add("unit", arguments.unit)
                         .add("by", arguments.by)
                         .add("outcome", arguments.outcome)
                         .add("attributable", arguments.attributable);
  const auto path =
      "/v1/incidents/" + http::percent_encode(arguments.incident) + "/counts" + query.text();
  const auto reply = session.get(&Profile::desk_url, path);
  if (!reply) return;
  print_count(session.terminal, reply->document.root(), reply->body);
}

}  // namespace

void add_counts(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<CountArguments>();
  auto* verb = app.add_subcommand("counts", "How many, as of any day, as known at any time");
  verb->add_option("--incident", arguments->incident, "The incident's id")->required();
  verb->add_option("--since", arguments->since, "First day; default: the incident's `since`");
  verb->add_option("--as-of", arguments->as_of, "Last day; default: today");
  verb->add_option("--known-at",
                   arguments->known_at,
                   "RFC 3339; use only what had been received by then; default: everything");
  verb->add_option("--unit", arguments->unit, "reports, cards or members (default)");
  verb->add_option("--by",
                   arguments->by,
                   "Break down, comma-separated: issuer, outcome, disposition, fraud_type, day, "
                   "approved");
  verb->add_option("--outcome",
                   arguments->outcome,
                   "Only these, comma-separated: identified, in_file, expiry_mismatch, "
                   "predates_exposure, not_exposed");
  verb->add_option("--attributable",
                   arguments->attributable,
                   "only (default: what a leak can have caused), exclude or both");
  verb->footer(
      "Example: cardwatch counts --incident alico-2009 --as-of 2009-10-23 \\\n"
      "           --known-at 2009-11-01T00:00:00+09:00 --by outcome");
  verb->callback([&session, arguments] { counts(session, *arguments); });
}

}  // namespace cw::cli
