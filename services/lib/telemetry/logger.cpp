#include "lib/telemetry/logger.hpp"

#include "lib/base/assert.hpp"
#include "lib/base/quoted.hpp"
#include "lib/base/time.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <charconv>
#include <memory>
#include <mutex>
#include <unistd.h>

namespace cw::telemetry {
namespace {

using Extra = std::initializer_list<Field>;

struct Line {
  Level level;
  std::string_view logger;
  std::string_view event;
  std::string_view message;
  Logger::Fields fields;
  Extra extra;
};

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

template <class Number>
std::string number_text(Number number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end.ptr};
}

std::string number_text(bool flag) {
  return flag ? "true" : "false";
}

std::string json_value(const Field::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return quoted(*text);
  if (const auto* number = std::get_if<double>(&value)) {
    const std::string text = number_text(*number);
    // JSON has no inf and nan.
    const bool finite = text.find_first_of("in") == std::string::npos;
    return finite ? text : quoted(text);
  }
  return std::visit(
      [](const auto& other) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(other)>, std::string_view>) {
          return {};
        } else {
          return number_text(other);
        }
      },
      value);
}

std::string to_json(const Line& line) {
  std::string out = "{\"ts\":\"" + format_instant(now()) + "\",\"level\":\"";
  out += level_name(line.level);
  out += "\",\"logger\":" + quoted(line.logger) + ",\"event\":" + quoted(line.event) +
         ",\"msg\":" + quoted(line.message);
  for (const Extra fields : {line.extra, line.fields}) {
    for (const Field& field : fields) {
      out += ',' + quoted(field.key()) + ':' + json_value(field.value());
    }
  }
  return out + '}';
}

std::string to_pretty(const Line& line) {
  std::string out = format_instant(now()) + ' ' + std::string{level_name(line.level)} + ' ' +
                    std::string{line.logger} + ": " + std::string{line.message} + " [" +
                    std::string{line.event} + ']';
  for (const Extra fields : {line.extra, line.fields}) {
    for (const Field& field : fields) {
      out += ' ' + std::string{field.key()} + '=' + json_value(field.value());
    }
  }
  return out;
}

/// The process has one output; spdlog brings the lock and the write.
struct Output {
  std::atomic<Level> level{Level::kInfo};
  std::atomic<bool> pretty{isatty(STDERR_FILENO) == 1};
  std::shared_ptr<spdlog::logger> stderr_log;
  std::mutex capture_mutex;
  std::function<void(std::string_view)> capture;

  Output() {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    stderr_log = std::make_shared<spdlog::logger>("cardwatch", std::move(sink));
    stderr_log->set_pattern("%v");
    stderr_log->set_level(spdlog::level::trace);
  }

  void write(const Line& line) {
    if (line.level < level.load(std::memory_order_relaxed)) return;
    {
      const std::lock_guard lock(capture_mutex);
      if (capture) {
        capture(to_json(line));
        return;
      }
    }
    // Not a format string: the text goes through as it is.
    const std::string text =
        pretty.load(std::memory_order_relaxed) ? to_pretty(line) : to_json(line);
    stderr_log->log(spdlog::level::critical, spdlog::string_view_t{text.data(), text.size()});
  }
};

Output& output() {
  // Never destroyed: other static objects may log while the process ends.
  static auto* const kOutput = new Output;
  return *kOutput;
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (text == level_name(level)) return level;
  }
  return Error{Errc::kConfigValue, "the log level must be debug, info, warn or error"};
}

void set_log_level(Level level) {
  output().level = level;
}

void set_log_format(LogFormat format) {
  output().pretty =
      format == LogFormat::kPretty || (format == LogFormat::kAuto && isatty(STDERR_FILENO) == 1);
}

void Logger::debug(std::string_view event, std::string_view message, Fields fields) const {
  output().write({Level::kDebug, name_, event, message, fields, {}});
}

void Logger::info(std::string_view event, std::string_view message, Fields fields) const {
  output().write({Level::kInfo, name_, event, message, fields, {}});
}

void Logger::warn(std::string_view event, std::string_view message, Fields fields) const {
  output().write({Level::kWarn, name_, event, message, fields, {}});
}

void Logger::error(std::string_view event, std::string_view message, Fields fields) const {
  output().write({Level::kError, name_, event, message, fields, {}});
}

void Logger::alarm(std::string_view event, std::string_view message, Fields fields) const {
  const Extra extra = {{"alarm", true}};
  output().write({Level::kError, name_, event, message, fields, extra});
}

void Logger::warn_throttled(Throttle& throttle,
                            std::string_view event,
                            std::string_view message,
                            Fields fields) const {
  const auto suppressed = throttle.admit();
  if (!suppressed) return;
  const Extra extra = {{"suppressed", *suppressed}};
  output().write({Level::kWarn, name_, event, message, fields, extra});
}

LogCapture::LogCapture(std::function<void(std::string_view)> sink) {
  const std::lock_guard lock(output().capture_mutex);
  CW_ASSERT(!output().capture);
  output().capture = std::move(sink);
}

LogCapture::~LogCapture() {
  const std::lock_guard lock(output().capture_mutex);
  output().capture = nullptr;
}

}  // namespace cw::telemetry
