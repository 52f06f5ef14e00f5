#pragma once

#include "cli/api_client.hpp"
#include "cli/profile.hpp"
#include "cli/terminal.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cw::cli {

/// What every command that talks to a service needs: the terminal, and the client of the profile,
/// made when it is first used so that --help needs no profile.
class Session {
 public:
  explicit Session(Terminal& where) : terminal(where) {}

  Terminal& terminal;
  std::string profile_path;
  std::vector<std::string> sets;

  /// nullptr after the error was shown.
  [[nodiscard]] ApiClient* client();
  [[nodiscard]] const Profile& profile() const { return *profile_; }

  /// The reply if it is a success; else shows why not (a connection error or problem+json).
  [[nodiscard]] std::optional<Reply> accepted(Result<Reply> reply);

  /// GET of desk, intake or notifier; nothing after the error was shown.
  [[nodiscard]] std::optional<Reply> get(const std::string Profile::*service,
                                         const std::string& path);
  [[nodiscard]] std::optional<Reply> send(std::string method,
                                          const std::string Profile::*service,
                                          const std::string& path,
                                          std::string json);
  /// Streams a file, with a progress bar on a terminal.
  [[nodiscard]] std::optional<Reply> upload(std::string method,
                                            const std::string& path,
                                            const std::string& file);

 private:
  std::optional<Profile> profile_;
  std::optional<ApiClient> client_;
};

/// A YAML or JSON file as JSON text; nothing after the error was shown.
[[nodiscard]] std::optional<std::string> read_document(Terminal& terminal, const std::string& file);

/// Texts of a JSON value for a table cell: text as it is, null and absent as "-".
[[nodiscard]] std::string cell(codec::JsonValue value);

// Each adds its noun with its verbs to the command line.
void add_incident(CLI::App& app, Session& session);
void add_issuer(CLI::App& app, Session& session);
void add_scope(CLI::App& app, Session& session);
void add_exposures(CLI::App& app, Session& session);
void add_reports(CLI::App& app, Session& session);
void add_counts(CLI::App& app, Session& session);
void add_feed(CLI::App& app, Session& session);
void add_topics(CLI::App& app, Session& session);

}  // namespace cw::cli
