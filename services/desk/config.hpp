#pragma once

#include "lib/config/schema.hpp"

#include <chrono>
#include <cstdint>

namespace cw::desk {

/// The properties that only the desk has, with their defaults.
struct Config {
  std::chrono::milliseconds commit_timeout = std::chrono::seconds{10};
  std::chrono::milliseconds seen_timeout = std::chrono::seconds{10};
  std::uint32_t waiting_max = 64;
  std::uint32_t count_threads = 2;
  std::uint32_t counts_waiting_max = 64;
  std::chrono::milliseconds figures_interval = std::chrono::seconds{2};
  std::chrono::milliseconds silence_limit = std::chrono::hours{24 * 7};

  void declare(config::Schema& schema);
};

}  // namespace cw::desk
