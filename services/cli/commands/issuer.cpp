#include "cli/session.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <vector>

namespace cw::cli {
namespace {

/// Applies one file, or shows why it was refused.
void apply_one(Session& session, const std::string& file, Table& table, std::string& bodies) {
  const auto json = read_document(session.terminal, file);
  if (!json) return;
  const auto document = codec::JsonDocument::parse(*json);
  const auto id = document ? document.value().root()["id"].text_or("") : std::string{};
  if (id.empty()) {
    return session.terminal.fail(Error{Errc::kFieldMissing, file + ": `id` of the issuer"});
  }
  const auto reply =
      session.send("PUT", &Profile::desk_url, "/v1/issuers/" + http::percent_encode(id), *json);
  if (!reply) return session.terminal.say("in " + file);
  table.add(
      {id, reply->document.root()["result"].text_or(reply->status == 201 ? "created" : "ok")});
  bodies += (bodies.empty() ? "" : ",") + reply->body;
}

void apply_files(Session& session, const std::vector<std::string>& files) {
  Table table({{"issuer"}, {"result"}});
  std::string bodies;
  // One after the other, and on after an error: what is right takes effect.
  for (const auto& file : files) apply_one(session, file, table, bodies);
  if (!table.empty()) session.terminal.print(table, "[" + bodies + "]");
}

std::string ranges(codec::JsonValue issuer) {
  std::string text;
  for (const auto range : issuer["iin_ranges"].elements()) {
    text += (text.empty() ? "" : " ") + cell(range);
  }
  return text.empty() ? "-" : text;
}

void list(Session& session) {
  const auto reply = session.get(&Profile::desk_url, "/v1/issuers");
  if (!reply) return;
  Table table({{"issuer"}, {"version", Align::kRight}, {"iin ranges"}, {"feed"}, {"name"}});
  for (const auto issuer : reply->document.root().elements()) {
    table.add({cell(issuer["id"]),
               cell(issuer["version"]),
               ranges(issuer),
               cell(issuer["feed"]["url"]),
               cell(issuer["name"])});
  }
  session.terminal.print(table, reply->body);
}

}  // namespace

void add_issuer(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("issuer", "Card companies: their IIN ranges and feeds");
  noun->require_subcommand(1);

  const auto files = std::make_shared<std::vector<std::string>>();
  auto* apply_verb = noun->add_subcommand(
      "apply", "Make what each FILE says stand. To change an issuer, raise its `version` by one");
  apply_verb->add_option("FILE", *files, "Issuers as YAML or JSON, one a file")->required();
  apply_verb->footer("Example: cardwatch issuer apply issuers/*.yaml");
  apply_verb->callback([&session, files] { apply_files(session, *files); });

  noun->add_subcommand("list", "All issuers")->callback([&session] { list(session); });
}

}  // namespace cw::cli
