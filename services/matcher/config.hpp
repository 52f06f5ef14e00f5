#pragma once

#include "lib/config/schema.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace cw::matcher {

/// The properties that only the matcher has, with their defaults.
struct Config {
  std::string group = "matcher";
  std::string instance = "0";
  std::uint32_t lanes = 0;
  std::uint32_t batch_records_max = 60'000;
  std::chrono::milliseconds batch_wait = std::chrono::milliseconds{5};
  std::chrono::milliseconds transaction_timeout = std::chrono::seconds{60};
  std::chrono::milliseconds session_timeout = std::chrono::seconds{45};
  std::uint64_t prefetch_bytes = 256ULL << 20U;
  std::uint32_t poison_percent_max = 50;
  std::uint32_t poison_window_records = 1'000;
  std::chrono::milliseconds stall_timeout = std::chrono::minutes{5};
  std::string state_dir;
  std::chrono::milliseconds state_save_interval = std::chrono::seconds{10};

  void declare(config::Schema& schema);
  /// `lanes`, or the number of processors if that is 0.
  [[nodiscard]] std::uint32_t lane_count() const;

 private:
  void declare_poison(config::Schema& schema);
  void declare_state(config::Schema& schema);
};

}  // namespace cw::matcher
