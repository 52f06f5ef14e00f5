#pragma once

#include "lib/base/result.hpp"
#include "lib/runtime/service.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace cw::runtime {

/// No core dumps, no ptrace by others, SIGPIPE and SIGHUP ignored.
void harden_process();

/// From now on SIGTERM and SIGINT end the process at once.
void exit_on_next_signal();

/// {"listen":n,"admin":n}, whole or not at all. Fails with kFileWrite.
[[nodiscard]] Status write_ports_file(const std::string& path,
                                      std::optional<std::uint16_t> listen,
                                      std::uint16_t admin);

/// What a person starting the program should see, and the code to exit with.
[[nodiscard]] ExitCode exit_code_of(Errc code) noexcept;
void print_error(const Error& error);

/// Ends the process with kBug unless destroyed in time.
class StopWatchdog {
 public:
  explicit StopWatchdog(std::chrono::milliseconds limit);
  ~StopWatchdog();
  StopWatchdog(const StopWatchdog&) = delete;
  StopWatchdog& operator=(const StopWatchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable done_cv_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace cw::runtime
