#pragma once

#include "lib/base/result.hpp"
#include "lib/telemetry/field.hpp"
#include "lib/telemetry/throttle.hpp"

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace cw::telemetry {

enum class Level { kDebug, kInfo, kWarn, kError };
/// kAuto: pretty on a terminal, JSON otherwise.
enum class LogFormat { kAuto, kJson, kPretty };

/// "debug", "info", "warn", "error". Fails with kConfigValue.
[[nodiscard]] Result<Level> parse_level(std::string_view text);

/// Process-wide; may be changed while running. THREAD: safe.
void set_log_level(Level level);
void set_log_format(LogFormat format);

/// One JSON object per line on stderr:
/// {"ts","level","logger","event","msg", then the fields}; an alarm has "alarm":true as well.
///
/// `event` is a stable id ("upload_loaded") that operators search for, `message` a constant text;
/// everything that varies is a field. A cheap handle: copy it freely. THREAD: safe.
class Logger {
 public:
  using Fields = std::initializer_list<Field>;

  explicit Logger(std::string_view name) : name_(name) {}

  void debug(std::string_view event, std::string_view message, Fields fields = {}) const;
  void info(std::string_view event, std::string_view message, Fields fields = {}) const;
  void warn(std::string_view event, std::string_view message, Fields fields = {}) const;
  void error(std::string_view event, std::string_view message, Fields fields = {}) const;
  /// An error that a person must act on; `event` is the alarm id in the runbook.
  void alarm(std::string_view event, std::string_view message, Fields fields = {}) const;

  /// For lines that a peer can trigger. Adds "suppressed": lines held back since the last one.
  void warn_throttled(Throttle& throttle,
                      std::string_view event,
                      std::string_view message,
                      Fields fields = {}) const;

 private:
  std::string name_;
};

/// Diverts all lines of the process to `sink` while it lives (JSON, one line a call, no newline).
/// For tests; one at a time.
class LogCapture {
 public:
  explicit LogCapture(std::function<void(std::string_view)> sink);
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
};

}  // namespace cw::telemetry
