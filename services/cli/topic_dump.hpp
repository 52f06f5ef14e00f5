#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace cw::cli {

/// Writes every committed record that a topic holds now to `file`, one a line: partition, offset,
/// key and value, tab-separated. Returns the number of records. Blocking.
/// Fails with kFileWrite, kBrokerUnavailable (not read to the end within `wait`) and as
/// kafka::TailReader.
[[nodiscard]] Result<std::uint64_t> dump_topic(const kafka::ClientOptions& client,
                                               const std::string& topic,
                                               const std::filesystem::path& file,
                                               std::chrono::milliseconds wait);

}  // namespace cw::cli
