#pragma once

#include "lib/kafka/client_options.hpp"

namespace cw::kafka {

/// librdkafka's own lines as lines of ours (logger "kafka", event "kafka_client"): errors as
/// throttled warnings, because while Kafka is away librdkafka repeats itself for every broker and
/// attempt; everything else as debug.
[[nodiscard]] LogSink log_to_telemetry();

}  // namespace cw::kafka
