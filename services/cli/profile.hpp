#pragma once

#include "lib/base/result.hpp"
#include "lib/config/schema.hpp"
#include "lib/http/tls_context.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace cw::cli {

/// Where the services are and who asks. One YAML file a person and place.
struct Profile {
  std::string intake_url = "https://localhost:8443";
  std::string desk_url = "https://localhost:8444";
  std::string notifier_url = "https://localhost:8445";
  http::TlsFiles tls;
  std::chrono::milliseconds response_timeout = std::chrono::minutes{2};

  void declare(config::Schema& schema);
};

/// The file named by --profile, else by CARDWATCH_PROFILE, else ~/.config/cardwatch/profile.yaml;
/// then `sets` over it. Fails as config::Schema::load(), and with kConfigMissing when there is no
/// file at all.
[[nodiscard]] Result<Profile> load_profile(const std::string& path,
                                           const std::vector<std::string>& sets);

}  // namespace cw::cli
