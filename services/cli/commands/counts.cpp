#include "cli/count_view.hpp"
#include "cli/session.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
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
  std::string step;
  std::string figure;
  bool digest = false;
};

Query query_of(const CountArguments& arguments) {
  return Query()
      .add("since", arguments.since)
      .add("as_of", arguments.as_of)
      .add("known_at", arguments.known_at)
      .add("unit", arguments.unit)
      .add("by", arguments.by)
      .add("outcome", arguments.outcome)
      .add("attributable", arguments.attributable);
}

bool usage(Session& session, const std::string& detail) {
  session.terminal.fail(name(Errc::kBadRequest), detail, "", ExitCode::kUsage);
  return false;
}

bool has_incident(Session& session, const CountArguments& arguments) {
  return !arguments.incident.empty() || usage(session, "--incident is required");
}

std::string incident_path(const CountArguments& arguments) {
  return "/v1/incidents/" + http::percent_encode(arguments.incident);
}

void counts(Session& session, const CountArguments& arguments) {
  if (!has_incident(session, arguments)) return;
  auto query = query_of(arguments);
  if (arguments.digest) query.add("digest", "1");
  const auto path = incident_path(arguments) + "/counts" + query.text();
  const auto reply = session.get(&Profile::desk_url, path);
  if (!reply) return;
  print_count(session.terminal, reply->document.root(), reply->body);
}

void series(Session& session, const CountArguments& arguments) {
  if (!has_incident(session, arguments)) return;
  auto query = query_of(arguments);
  query.add("step", arguments.step);
  const auto path = incident_path(arguments) + "/counts/series" + query.text();
  const auto reply = session.get(&Profile::desk_url, path);
  if (!reply) return;
  print_series(session.terminal, reply->document.root(), reply->body);
}

void publish(Session& session, const CountArguments& arguments) {
  if (!has_incident(session, arguments)) return;
  const auto path = incident_path(arguments) + "/figures" + query_of(arguments).text();
  const auto reply = session.send("POST", &Profile::desk_url, path, "");
  if (!reply) return;
  const auto figure = reply->document.root();
  if (session.terminal.format == OutputFormat::kTable) {
    session.terminal.print("published as " + cell(figure["incident"]) + "/" +
                           cell(figure["number"]) + "\n");
  }
  print_count(session.terminal, figure, reply->body);
}

void published(Session& session, const CountArguments& arguments) {
  if (!has_incident(session, arguments)) return;
  const auto reply = session.get(&Profile::desk_url, incident_path(arguments) + "/figures");
  if (!reply) return;
  print_figures(session.terminal, reply->document.root(), reply->body);
}

/// FIGURE is INCIDENT/NUMBER, or NUMBER beside --incident.
bool split_figure(Session& session, CountArguments& arguments) {
  const auto slash = arguments.figure.rfind('/');
  if (slash == std::string::npos) return has_incident(session, arguments);
  const auto incident = arguments.figure.substr(0, slash);
  if (!arguments.incident.empty() && arguments.incident != incident) {
    return usage(session, "--incident and the figure name different incidents");
  }
  arguments.incident = incident;
  arguments.figure = arguments.figure.substr(slash + 1);
  return has_incident(session, arguments);
}

void verify(Session& session, CountArguments arguments) {
  if (!split_figure(session, arguments)) return;
  const auto path =
      incident_path(arguments) + "/figures/" + http::percent_encode(arguments.figure) + "/verify";
  const auto reply = session.send("POST", &Profile::desk_url, path, "");
  if (!reply) return;
  const auto answer = reply->document.root();
  print_recount(session.terminal, answer, reply->body);
  if (!answer["equal"].boolean_or(false)) session.terminal.exit_code = ExitCode::kDifferent;
}

/// Options of the noun, which its verbs take too.
void add_query_options(CLI::App& noun, CountArguments& arguments) {
  noun.add_option("--incident", arguments.incident, "The incident's id");
  noun.add_option("--since", arguments.since, "First day; default: the incident's `since`");
  noun.add_option("--as-of", arguments.as_of, "Last day; default: today");
  noun.add_option("--known-at",
                  arguments.known_at,
                  "RFC 3339; use only what had been received by then; default: everything. Of a "
                  "series also `each`: each point as known at the end of its last day");
  noun.add_option("--unit", arguments.unit, "reports, cards or members (default)");
  noun.add_option("--by",
                  arguments.by,
                  "Break down, comma-separated: issuer, outcome, disposition, fraud_type, day, "
                  "approved");
  noun.add_option("--outcome",
                  arguments.outcome,
                  "Only these, comma-separated: identified, in_file, expiry_mismatch, "
                  "predates_exposure, not_exposed");
  noun.add_option("--attributable",
                  arguments.attributable,
                  "only (default: what a leak can have caused), exclude or both");
}

void add_verbs(CLI::App& noun, Session& session, const std::shared_ptr<CountArguments>& arguments) {
  auto* series_verb = noun.add_subcommand("series", "The cumulative figure over time");
  series_verb->add_option("--step", arguments->step, "day (default), week or month");
  series_verb->footer(
      "Example: cardwatch counts series --incident alico-2009 --step week --known-at each");
  series_verb->callback([&session, arguments] { series(session, *arguments); });

  auto* publish_verb = noun.add_subcommand(
      "publish", "Freeze a figure with its definition, what it rests on and a digest of its set");
  publish_verb->footer(
      "Example: cardwatch counts publish --incident alico-2009 --as-of 2009-10-23");
  publish_verb->callback([&session, arguments] { publish(session, *arguments); });

  auto* published_verb = noun.add_subcommand("published", "All figures that were published");
  published_verb->callback([&session, arguments] { published(session, *arguments); });

  auto* verify_verb = noun.add_subcommand(
      "verify", "Count a published figure again; exit code 2 if it is not the same");
  verify_verb->add_option("FIGURE", arguments->figure, "INCIDENT/NUMBER")->required();
  verify_verb->footer("Example: cardwatch counts verify alico-2009/3");
  verify_verb->callback([&session, arguments] { verify(session, *arguments); });
}

}  // namespace

void add_counts(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<CountArguments>();
  auto* noun = app.add_subcommand("counts", "How many, as of any day, as known at any time");
  add_query_options(*noun, *arguments);
  noun->add_flag("--digest", arguments->digest, "Name the digest of the counted set too");
  noun->require_subcommand(0, 1);
  add_verbs(*noun, session, arguments);
  noun->footer(
      "Example: cardwatch counts --incident alico-2009 --as-of 2009-10-23 \\\n"
      "           --known-at 2009-11-01T00:00:00+09:00 --by outcome");
  noun->callback([&session, arguments, noun] {
    if (noun->get_subcommands().empty()) counts(session, *arguments);
  });
}

}  // namespace cw::cli
