#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cw::test {

struct ProcessOptions {
  /// Added to this process's environment.
  std::map<std::string, std::string> environment;
  /// Standard output and standard error go here; empty: to /dev/null.
  std::filesystem::path output;
};

/// A program started by a test. Killed (SIGKILL) and reaped at the end of the scope, so that a
/// failing test leaves nothing running; also killed by the kernel when the thread that started it
/// ends, and so when the test itself dies. THREAD: one owner.
class Process {
 public:
  /// Starts `command` (the program is looked up in PATH). Throws std::runtime_error.
  explicit Process(const std::vector<std::string>& command, const ProcessOptions& options = {});
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void send_signal(int number) const;
  /// Waits for the end; the exit status, or 128 + signal number. Throws std::runtime_error when it
  /// still runs at the deadline.
  int wait(std::chrono::milliseconds deadline = std::chrono::seconds(30));
  /// SIGKILL, as a crash; returns when the process is gone.
  void kill();
  /// SIGTERM, then wait().
  int stop(std::chrono::milliseconds deadline = std::chrono::seconds(30));

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

struct CommandResult {
  int status = 0;      ///< Exit status, or 128 + signal number.
  std::string output;  ///< Standard output and standard error together.
};

/// Runs a command to its end. Throws std::runtime_error when it cannot start or overruns.
[[nodiscard]] CommandResult run_command(
    const std::vector<std::string>& command,
    const std::map<std::string, std::string>& environment = {},
    std::chrono::milliseconds deadline = std::chrono::seconds(120));

}  // namespace cw::test
