#include "cli/app.hpp"

#include "cli/replay/replay_command.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"
#include "cli/verify/verify_command.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <string>

namespace cw::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 done, but some rows were refused; 2 compared, and there are\n"
    "differences; 64 wrong usage; 65 data refused; 69 a service or Kafka is unavailable; 70\n"
    "defect of cardwatch; 77 not allowed; 78 profile or configuration.\n"
    "Who asks is said by the profile: addresses, CA, certificate and key in one YAML file.";

void add_global_options(CLI::App& app, Session& session) {
  const std::map<std::string, OutputFormat> formats{
      {"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}, {"csv", OutputFormat::kCsv}};
  app.add_option("--output", session.terminal.format, "table (default), json or csv")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case).description(""));
  app.add_option("--profile",
                 session.profile_path,
                 "YAML file; default: $CARDWATCH_PROFILE, then ~/.config/cardwatch/profile.yaml");
  app.add_option("--set", session.sets, "Override one value of the profile, e.g. desk.url=...")
      ->allow_extra_args(false);
  app.set_version_flag("--version", CW_VERSION);
}

}  // namespace

int run(int argc, const char* const* argv) {
  Terminal terminal;
  Session session(terminal);
  CLI::App app("cardwatch: exposed card numbers, fraud reports, counts and issuers' feeds",
               "cardwatch");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kFooter);
  add_global_options(app, session);
  add_incident(app, session);
  add_issuer(app, session);
  add_scope(app, session);
  add_exposures(app, session);
  add_reports(app, session);
  add_counts(app, session);
  add_feed(app, session);
  add_topics(app, session);
  add_replay(app, terminal);
  add_verify(app, terminal);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return static_cast<int>(terminal.exit_code);
}

}  // namespace cw::cli
