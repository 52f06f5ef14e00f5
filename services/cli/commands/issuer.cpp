#include "cli/commands/issuer_view.hpp"
#include "cli/session.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
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

std::string silence(codec::JsonValue seconds) {
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kDay = 24 * kHour;
  const std::int64_t length = seconds.integer_or(0);
  return std::to_string(length / kDay) + "d " + std::to_string(length % kDay / kHour) + "h";
}

void silent(Session& session, const std::string& limit) {
  const auto query = Query{}.add("limit", limit);
  const auto reply = session.get(&Profile::desk_url, "/v1/issuers/silent" + query.text());
  if (!reply) return;
  print_silent(session.terminal, reply->document.root(), reply->body);
}

void nil_return(Session& session, const std::string& until) {
  std::string json;
  codec::JsonWriter{json}.begin_object().string("until", until).end_object();
  const auto reply = session.send("POST", &Profile::intake_url, "/v1/reports/nil", std::move(json));
  if (!reply) return;
  const auto answer = reply->document.root();
  Table table({{"issuer"}, {"nothing to report until"}, {"result"}});
  table.add({cell(answer["issuer"]), cell(answer["until"]), cell(answer["status"])});
  session.terminal.print(table, reply->body);
}

}  // namespace

void print_silent(Terminal& terminal, codec::JsonValue answer, std::string_view json) {
  Table table({{"issuer"},
               {"silent for", Align::kRight},
               {"last report received"},
               {"nothing to report until"}});
  for (const auto issuer : answer["issuers"].elements()) {
    table.add({cell(issuer["issuer"]),
               silence(issuer["silent_seconds"]),
               cell(issuer["last_received_at"]),
               cell(issuer["nil_until"])});
  }
  terminal.print(table, json);
}

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

  const auto limit = std::make_shared<std::string>();
  auto* silent_verb = noun->add_subcommand(
      "silent", "Issuers of which neither a report nor a nil return came for longer than a limit");
  silent_verb->add_option("--limit", *limit, "Like 12h or 7d; left out: the desk's silence.limit");
  silent_verb->footer("Example: cardwatch issuer silent --limit 7d");
  silent_verb->callback([&session, limit] { silent(session, *limit); });

  const auto until = std::make_shared<std::string>();
  auto* nil_verb = noun->add_subcommand(
      "nil-return", "Say, as an issuer, that there is nothing to report up to an instant");
  nil_verb->add_option("--until", *until, "RFC 3339, at most 24 hours ahead")->required();
  nil_verb->footer("Example: cardwatch issuer nil-return --until 2009-10-24T00:00:00+09:00");
  nil_verb->callback([&session, until] { nil_return(session, *until); });
}

}  // namespace cw::cli
