#include "lib/runtime/process.hpp"

#include "lib/base/assert.hpp"
#include "lib/telemetry/logger.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace cw::runtime {
namespace {

extern "C" void exit_now(int signal) {
  _exit(128 + signal);
}

}  // namespace

void harden_process() {
  const rlimit none{0, 0};
  CW_ASSERT(setrlimit(RLIMIT_CORE, &none) == 0);
  CW_ASSERT(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
  std::signal(SIGPIPE, SIG_IGN);
  // Until the service can reload, an early SIGHUP must not end it.
  std::signal(SIGHUP, SIG_IGN);
}

void exit_on_next_signal() {
  struct sigaction action {};
  action.sa_handler = exit_now;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

Status write_ports_file(const std::string& path,
                        std::optional<std::uint16_t> listen,
                        std::uint16_t admin) {
  const std::string temporary = path + ".new";
  std::ofstream out(temporary, std::ios::trunc);
  out << '{';
  if (listen) out << "\"listen\":" << *listen << ',';
  out << "\"admin\":" << admin << "}\n";
  out.close();
  std::error_code ec;
  if (out) std::filesystem::rename(temporary, path, ec);
  if (!out || ec) return Error{Errc::kFileWrite, "cannot write the ports file '" + path + "'"};
  return Ok{};
}

ExitCode exit_code_of(Errc code) noexcept {
  switch (code) {
    case Errc::kFileRead:
    case Errc::kFileWrite:
    case Errc::kConfigUnknownKey:
    case Errc::kConfigValue:
    case Errc::kConfigMissing:
    case Errc::kKeyInvalid:
    case Errc::kCertificateExpired:
      return ExitCode::kConfig;
    case Errc::kUnavailable:
    case Errc::kBrokerUnavailable:
    case Errc::kTopicMissing:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kBug;
  }
}

void print_error(const Error& error) {
  std::cerr << name(error.code) << ": " << error.detail << '\n';
  if (!remedy(error.code).empty()) std::cerr << "Hint: " << remedy(error.code) << '\n';
}

StopWatchdog::StopWatchdog(std::chrono::milliseconds limit)
    : thread_([this, limit] {
        std::unique_lock lock(mutex_);
        if (done_cv_.wait_for(lock, limit, [this] { return done_; })) return;
        telemetry::Logger{"runtime"}.alarm("stop_timeout",
                                           "The clean stop took too long; the process ends now",
                                           {{"limit_ms", limit.count()}});
        _exit(static_cast<int>(ExitCode::kBug));
      }) {}

StopWatchdog::~StopWatchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  done_cv_.notify_all();
  thread_.join();
}

}  // namespace cw::runtime
