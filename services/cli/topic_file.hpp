#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/admin.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::cli {

/// The topics of schemas/topics.yaml, `prefix` before each name. Fails with kConfigValue.
[[nodiscard]] Result<std::vector<kafka::TopicSpec>> read_topics(std::string_view yaml,
                                                                std::string_view prefix,
                                                                std::int16_t replication);

}  // namespace cw::cli
