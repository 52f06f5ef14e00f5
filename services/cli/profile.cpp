#include "cli/profile.hpp"

#include <cstdlib>
#include <filesystem>

namespace cw::cli {
namespace {

std::string standard_path() {
  if (const char* path = std::getenv("CARDWATCH_PROFILE")) return path;
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.config/cardwatch/profile.yaml";
}

}  // namespace

void Profile::declare(config::Schema& schema) {
  using config::Required;
  using std::chrono::milliseconds;
  schema.text({.key = "intake.url", .about = "Address of cardwatch-intake."}, intake_url);
  schema.text({.key = "desk.url", .about = "Address of cardwatch-desk."}, desk_url);
  schema.text({.key = "notifier.url", .about = "Address of cardwatch-notifier."}, notifier_url);
  schema.text({.key = "tls.certificate",
               .about = "Your certificate (PEM); its common name is who you are.",
               .example = "desk-a.pem",
               .required = Required::kYes},
              tls.certificate);
  schema.text({.key = "tls.key",
               .about = "Its private key (PEM).",
               .example = "desk-a.key",
               .required = Required::kYes},
              tls.key);
  schema.text({.key = "tls.ca",
               .about = "The authority that the services' certificates are signed by (PEM).",
               .example = "ca.pem",
               .required = Required::kYes},
              tls.ca);
  schema.duration({.key = "http.response_timeout", .about = "Longest wait for an answer."},
                  {milliseconds{100}, milliseconds{std::chrono::hours{1}}},
                  response_timeout);
}

Result<Profile> load_profile(const std::string& path, const std::vector<std::string>& sets) {
  const std::string file = path.empty() ? standard_path() : path;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    return Error{Errc::kConfigMissing,
                 "no profile at " + file + "; name one with --profile or CARDWATCH_PROFILE"};
  }
  Profile profile;
  config::Schema schema;
  profile.declare(schema);
  auto loaded = schema.load({.file = file, .environment = {}, .sets = sets});
  if (!loaded) return std::move(loaded).error();
  return profile;
}

}  // namespace cw::cli
