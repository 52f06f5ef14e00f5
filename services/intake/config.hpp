#pragma once

#include "lib/config/schema.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cw::intake {

/// Bounds of one upload.
struct UploadLimits {
  std::uint64_t file_bytes_max = std::uint64_t{8} << 30U;
  std::uint64_t reports_bytes_max = std::uint64_t{256} << 20U;
  std::uint64_t json_bytes_max = std::uint64_t{16} << 20U;
  std::uint32_t concurrent_max = 32;
  std::uint32_t errors_max = 1000;
  std::uint32_t refused_max = 100'000;
  std::chrono::milliseconds queue_wait = std::chrono::seconds{30};
};

/// The relay of corrections to the other cards of a report.
struct CorrectionSettings {
  bool enabled = true;
  std::uint64_t memory_max = std::uint64_t{1} << 30U;
};

/// The properties that only intake has, with their defaults.
struct Config {
  std::string instance = "0";
  std::string match_key;
  std::string vault_public_key;
  UploadLimits uploads;
  CorrectionSettings corrections;
  std::uint32_t queue_records_max = 200'000;
  std::uint64_t queue_bytes_max = std::uint64_t{256} << 20U;
  std::chrono::milliseconds delivery_timeout = std::chrono::seconds{30};

  void declare(config::Schema& schema);
};

}  // namespace cw::intake
