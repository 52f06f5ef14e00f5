#include "cli/session.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <vector>

namespace cw::cli {
namespace {

const std::vector<Column> kColumns{{"incident"},
                                   {"version", Align::kRight},
                                   {"state"},
                                   {"since"},
                                   {"time zone"},
                                   {"files"},
                                   {"name"}};

std::string file_names(codec::JsonValue incident) {
  std::string names;
  for (const auto file : incident["files"].elements()) {
    names += (names.empty() ? "" : " ") + cell(file["name"]);
  }
  return names.empty() ? "-" : names;
}

void add_row(Table& table, codec::JsonValue incident) {
  table.add({cell(incident["id"]),
             cell(incident["version"]),
             cell(incident["state"]),
             cell(incident["since"]),
             cell(incident["time_zone"]),
             file_names(incident),
             cell(incident["name"])});
}

void apply_file(Session& session, const std::string& file) {
  const auto json = read_document(session.terminal, file);
  if (!json) return;
  const auto document = codec::JsonDocument::parse(*json);
  const auto id = document ? document.value().root()["id"].text_or("") : std::string{};
  if (id.empty()) {
    return session.terminal.fail(Error{Errc::kFieldMissing, file + ": `id` of the incident"});
  }
  const auto reply =
      session.send("PUT", &Profile::desk_url, "/v1/incidents/" + http::percent_encode(id), *json);
  if (!reply) return;
  Table table({{"incident"}, {"result"}});
  table.add(
      {id, reply->document.root()["result"].text_or(reply->status == 201 ? "created" : "ok")});
  session.terminal.print(table, reply->body);
}

void list(Session& session) {
  const auto reply = session.get(&Profile::desk_url, "/v1/incidents");
  if (!reply) return;
  Table table(kColumns);
  for (const auto incident : reply->document.root().elements()) add_row(table, incident);
  session.terminal.print(table, reply->body);
}

void show(Session& session, const std::string& id) {
  const auto reply = session.get(&Profile::desk_url, "/v1/incidents/" + http::percent_encode(id));
  if (!reply) return;
  const auto incident = reply->document.root();
  Table table({{"file"}, {"at risk from"}, {"to"}, {"source"}, {"withdrawn"}});
  for (const auto file : incident["files"].elements()) {
    table.add({cell(file["name"]),
               cell(file["at_risk_from"]),
               cell(file["at_risk_to"]),
               cell(file["source"]),
               cell(file["withdrawn_at"])});
  }
  if (session.terminal.format == OutputFormat::kTable) {
    Table head(kColumns);
    add_row(head, incident);
    session.terminal.print(head.aligned() + "\n");
  }
  session.terminal.print(table, reply->body);
}

}  // namespace

void add_incident(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("incident", "Incidents: one leak each, with its exposed files");
  noun->require_subcommand(1);

  const auto file = std::make_shared<std::string>();
  auto* apply_verb = noun->add_subcommand(
      "apply", "Make what FILE says stand. To change an incident, raise its `version` by one");
  apply_verb->add_option("FILE", *file, "Incident as YAML or JSON")->required();
  apply_verb->footer("Example: cardwatch incident apply incident.yaml");
  apply_verb->callback([&session, file] { apply_file(session, *file); });

  noun->add_subcommand("list", "All incidents")->callback([&session] { list(session); });

  const auto id = std::make_shared<std::string>();
  auto* show_verb = noun->add_subcommand("show", "One incident with its files");
  show_verb->add_option("INCIDENT", *id, "Its id")->required();
  show_verb->footer("Example: cardwatch incident show alico-2009");
  show_verb->callback([&session, id] { show(session, *id); });
}

}  // namespace cw::cli
