#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cw::kafka {

/// librdkafka's own log lines; level as in syslog (3 error .. 7 debug).
/// THREAD: called from librdkafka's threads, several at once.
using LogSink = std::function<void(int level, std::string_view facility, std::string_view text)>;
/// librdkafka's statistics, one JSON text every `statistics.interval.ms`. THREAD: as LogSink.
using StatsSink = std::function<void(std::string_view json)>;

/// What every client of one process shares. Plain data; copy it and change client_id.
struct ClientOptions {
  std::string brokers = {};  ///< host:port list to start from, e.g. "localhost:9092".
  std::string client_id =
      {};  ///< Shown in the broker's logs; keep it short (at most 40 characters).
  /// Any librdkafka property; stronger than the defaults of this library, but not than the
  /// settings that exactly-once and ordering rest on (those fail with kConfigValue).
  std::map<std::string, std::string> properties = {};
  LogSink log = {};      ///< May be empty: librdkafka's lines are then dropped.
  StatsSink stats = {};  ///< May be empty.
};

}  // namespace cw::kafka
