#include "cli/session.hpp"
#include "lib/http/percent.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <vector>

namespace cw::cli {
namespace {

/// Shows which rows were refused and why, as talk; data goes on undisturbed.
void show_refused(Terminal& terminal, codec::JsonValue answer) {
  const auto errors = answer["errors"].elements();
  if (errors.empty()) return;
  Table table({{"line", Align::kRight}, {"column"}, {"code"}, {"detail"}});
  for (const auto error : errors) {
    table.add(
        {cell(error["line"]), cell(error["column"]), cell(error["code"]), cell(error["detail"])});
  }
  terminal.say("refused rows:\n" + table.aligned() +
               (answer["errors_more"].boolean_or(false) ? "... and more" : ""));
  if (terminal.exit_code == ExitCode::kOk) terminal.exit_code = ExitCode::kRowsRefused;
}

struct ExposureArguments {
  std::string incident;
  std::string name;
  std::string file;
  std::string received_at;
};

void load_exposures(Session& session, const ExposureArguments& arguments) {
  const auto path = "/v1/incidents/" + http::percent_encode(arguments.incident) + "/files/" +
                    http::percent_encode(arguments.name) +
                    Query().add("received_at", arguments.received_at).text();
  const auto reply = session.upload("PUT", path, arguments.file);
  if (!reply) return;
  const auto answer = reply->document.root();
  Table table(
      {{"file"}, {"status"}, {"records", Align::kRight}, {"refused", Align::kRight}, {"sha256"}});
  table.add({arguments.name,
             cell(answer["status"]),
             grouped(answer["records"].integer_or(0)),
             grouped(answer["refused"].integer_or(0)),
             cell(answer["sha256"])});
  session.terminal.print(table, reply->body);
  show_refused(session.terminal, answer);
}

void load_reports(Session& session, const std::vector<std::string>& files) {
  Table table({{"file"}, {"accepted", Align::kRight}, {"refused", Align::kRight}, {"upload"}});
  std::string bodies;
  for (const auto& file : files) {
    const auto reply = session.upload("POST", "/v1/reports", file);
    if (!reply) {
      session.terminal.say("in " + file);
      break;
    }
    const auto answer = reply->document.root();
    table.add({file,
               grouped(answer["accepted"].integer_or(0)),
               grouped(answer["refused"].integer_or(0)),
               cell(answer["upload"])});
    bodies += (bodies.empty() ? "" : ",") + reply->body;
    show_refused(session.terminal, answer);
  }
  if (!table.empty()) session.terminal.print(table, "[" + bodies + "]");
}

}  // namespace

void add_exposures(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("exposures", "Exposed files");
  noun->require_subcommand(1);
  const auto arguments = std::make_shared<ExposureArguments>();
  auto* load = noun->add_subcommand(
      "load", "Load an exposed file (CSV). Sent again, it has the same answer and no other effect");
  load->add_option("--incident", arguments->incident, "The incident's id")->required();
  load->add_option("--file", arguments->name, "The file's name as the incident declares it")
      ->required();
  load->add_option("FILE.csv", arguments->file, "Columns: pan, expiry, declared attributes, member")
      ->required();
  load->add_option("--received-at", arguments->received_at, "RFC 3339; only for history imports");
  load->footer(
      "Example: cardwatch exposures load --incident alico-2009 --file extract-1 extract-1.csv\n"
      "Exit code 1: loaded, but some rows were refused; they are listed.");
  load->callback([&session, arguments] { load_exposures(session, *arguments); });
}

void add_reports(CLI::App& app, Session& session) {
  auto* noun = app.add_subcommand("reports", "Issuers' reports of suspected fraud");
  noun->require_subcommand(1);
  const auto files = std::make_shared<std::vector<std::string>>();
  auto* load = noun->add_subcommand("load", "Load reports (CSV or JSON), one file after the other");
  load->add_option("FILE", *files, "Files; those that end in .json are sent as JSON")->required();
  load->footer(
      "Example: cardwatch reports load batch-001.csv batch-002.json\n"
      "Exit code 1: loaded, but some rows were refused; they are listed.");
  load->callback([&session, files] { load_reports(session, *files); });
}

}  // namespace cw::cli
