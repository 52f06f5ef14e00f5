#include "support/process.hpp"

#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace cw::test {
namespace {

/// NAME=value lines of our environment with `added` on top.
std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> lines;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    if (!added.contains(std::string(line.substr(0, line.find('='))))) {
      lines.emplace_back(line);
    }
  }
  for (const auto& [name, value] : added) {
    lines.push_back(name);
    lines.back().append("=").append(value);
  }
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& text : strings) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

/// In the child between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, char* const* environment, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(127);
}

int status_of(int raw) {
  return WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const ProcessOptions& options) {
  auto arguments = command;
  auto environment = merged_environment(options.environment);
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);
  const std::string target = options.output.empty() ? "/dev/null" : options.output.string();
  const int output = ::open(target.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) {
    throw std::runtime_error("cannot write " + target + ": " + std::strerror(errno));
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    become(argument_pointers.data(), environment_pointers.data(), output);
  }
  ::close(output);
  if (pid_ < 0) {
    throw std::runtime_error("cannot fork for " + command.at(0));
  }
}

Process::~Process() {
  kill();
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), ended_(other.ended_), status_(other.status_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill();
    pid_ = std::exchange(other.pid_, -1);
    ended_ = other.ended_;
    status_ = other.status_;
  }
  return *this;
}

bool Process::running() {
  if (pid_ < 0 || ended_) {
    return false;
  }
  int raw = 0;
  if (::waitpid(pid_, &raw, WNOHANG) == pid_) {
    ended_ = true;
    status_ = status_of(raw);
  }
  return !ended_;
}

void Process::send_signal(int number) const {
  if (pid_ > 0 && !ended_) {
    ::kill(pid_, number);
  }
}

int Process::wait(std::chrono::milliseconds deadline) {
  if (!wait_until([this] { return !running(); }, deadline)) {
    throw std::runtime_error("process " + std::to_string(pid_) + " did not end in time");
  }
  return status_;
}

void Process::kill() {
  if (!running()) {
    return;
  }
  ::kill(pid_, SIGKILL);
  int raw = 0;
  ::waitpid(pid_, &raw, 0);
  ended_ = true;
  status_ = status_of(raw);
}

int Process::stop(std::chrono::milliseconds deadline) {
  send_signal(SIGTERM);
  return wait(deadline);
}

CommandResult run_command(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment,
                          std::chrono::milliseconds deadline) {
  const TempDir folder;
  const auto output = folder / "output";
  Process process(command, {.environment = environment, .output = output});
  const int status = process.wait(deadline);
  return {.status = status, .output = read_file(output)};
}

}  // namespace cw::test
