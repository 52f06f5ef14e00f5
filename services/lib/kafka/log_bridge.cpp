#include "lib/kafka/log_bridge.hpp"

#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"

#include <memory>

namespace cw::kafka {
namespace {

constexpr int kSyslogError = 3;

}  // namespace

LogSink log_to_telemetry() {
  return [log = telemetry::Logger{"kafka"}, throttle = std::make_shared<telemetry::Throttle>()](
             int level, std::string_view facility, std::string_view text) {
    if (level > kSyslogError) {
      log.debug("kafka_client", "librdkafka", {{"facility", facility}, {"text", text}});
      return;
    }
    log.warn_throttled(
        *throttle, "kafka_client", "librdkafka", {{"facility", facility}, {"text", text}});
  };
}

}  // namespace cw::kafka
