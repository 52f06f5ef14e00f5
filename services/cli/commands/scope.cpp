#include "cli/session.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>

namespace cw::cli {
namespace {

struct ScopeArguments {
  std::string incident;
  std::string file;
  std::uint32_t revision = 0;
  std::string effective_at;
};

std::string scope_path(const ScopeArguments& arguments) {
  return "/v1/incidents/" + http::percent_encode(arguments.incident) + "/scope-revisions";
}

/// The members of the file that make a proposal. A file may also hold when and by whom the revision
/// is approved, which `replay` reads and which is asked for by `scope approve` here.
std::string proposal(codec::JsonValue file) {
  std::string json;
  codec::JsonWriter writer(json);
  writer.begin_object();
  for (const std::string_view name : {"predicate", "mode", "note", "recorded_at"}) {
    if (file[name].exists()) writer.raw(name, file[name].json());
  }
  writer.end_object();
  return json;
}

void propose(Session& session, const ScopeArguments& arguments) {
  const auto json = read_document(session.terminal, arguments.file);
  if (!json) return;
  const auto document = codec::JsonDocument::parse(*json);
  if (!document) return session.terminal.fail(document.error());
  const auto request = proposal(document.value().root());
  const auto reply = session.send("POST", &Profile::desk_url, scope_path(arguments), request);
  if (!reply) return;
  Table table({{"incident"}, {"revision", Align::kRight}, {"state"}});
  table.add({arguments.incident, cell(reply->document.root()["revision"]), "proposed"});
  session.terminal.print(table, reply->body);
}

void approve(Session& session, const ScopeArguments& arguments) {
  std::string json;
  codec::JsonWriter writer(json);
  writer.begin_object();
  if (!arguments.effective_at.empty()) writer.string("effective_at", arguments.effective_at);
  writer.end_object();
  const auto path = scope_path(arguments) + "/" + std::to_string(arguments.revision) + "/approve";
  const auto reply = session.send("POST", &Profile::desk_url, path, json);
  if (!reply) return;
  Table table({{"incident"}, {"revision", Align::kRight}, {"state"}});
  table.add({arguments.incident, std::to_string(arguments.revision), "approved"});
  session.terminal.print(table, reply->body);
}

void list(Session& session, const ScopeArguments& arguments) {
  const auto reply = session.get(&Profile::desk_url, scope_path(arguments));
  if (!reply) return;
  Table table({{"revision", Align::kRight},
               {"state"},
               {"effective at"},
               {"proposed by"},
               {"approved by"},
               {"predicate"}});
  for (const auto revision : reply->document.root().elements()) {
    table.add({cell(revision["revision"]),
               cell(revision["state"]),
               cell(revision["effective_at"]),
               cell(revision["proposed_by"]),
               cell(revision["approved_by"]),
               cell(revision["predicate"])});
  }
  session.terminal.print(table, reply->body);
}

void add_incident_option(CLI::App* verb, ScopeArguments& arguments) {
  verb->add_option("--incident", arguments.incident, "Its id")->required();
}

}  // namespace

void add_scope(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand(
      "scope", "Scope revisions: which part of the exposed files is declared as leaked");
  noun->require_subcommand(1);
  const auto arguments = std::make_shared<ScopeArguments>();

  auto* propose_verb =
      noun->add_subcommand("propose", "Propose a revision; it takes effect once approved");
  add_incident_option(propose_verb, *arguments);
  propose_verb->add_option("FILE", arguments->file, "Predicate (and note) as YAML or JSON")
      ->required();
  propose_verb->footer("Example: cardwatch scope propose --incident alico-2009 rev-3.yaml");
  propose_verb->callback([&session, arguments] { propose(session, *arguments); });

  auto* approve_verb =
      noun->add_subcommand("approve", "Approve a revision that somebody else proposed");
  add_incident_option(approve_verb, *arguments);
  approve_verb->add_option("--revision", arguments->revision, "Its number")->required();
  approve_verb->add_option(
      "--effective-at", arguments->effective_at, "RFC 3339; only for history imports");
  approve_verb->footer("Example: cardwatch scope approve --incident alico-2009 --revision 3");
  approve_verb->callback([&session, arguments] { approve(session, *arguments); });

  auto* list_verb = noun->add_subcommand("list", "All revisions of an incident");
  add_incident_option(list_verb, *arguments);
  list_verb->callback([&session, arguments] { list(session, *arguments); });
}

}  // namespace cw::cli
