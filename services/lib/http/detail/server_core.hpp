#pragma once

#include "lib/http/probe.hpp"
#include "lib/http/server.hpp"
#include "lib/telemetry/logger.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace cw::http::detail {

/// What a server and its sessions share; lives as long as the last of them. THREAD: safe.
class ServerCore {
 public:
  ServerCore(ServerOptions server_options,
             Router server_router,
             std::shared_ptr<TlsContext> context)
      : options(std::move(server_options)),
        router(std::move(server_router)),
        tls(std::move(context)),
        logger("http." + options.name) {}

  enum class Stop { kWhenIdle, kNow };
  using StopSession = std::function<void(Stop)>;

  /// A session's way to be told to stop; 0 if there are connections_max of them already.
  [[nodiscard]] std::uint64_t enter(StopSession stop);
  void leave(std::uint64_t id);
  void stop_sessions(Stop how);
  /// True if all sessions ended in time.
  [[nodiscard]] bool wait_until_empty(std::chrono::milliseconds limit);
  [[nodiscard]] std::uint32_t sessions() const;

  void refuse(const std::string& reason, std::string_view event, telemetry::Logger::Fields fields);

  const ServerOptions options;
  const Router router;
  const std::shared_ptr<TlsContext> tls;
  const telemetry::Logger logger;
  telemetry::Throttle throttle{};
  std::atomic<bool> stopping{false};

 private:
  void publish_locked();

  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::map<std::uint64_t, StopSession> sessions_;
  std::uint64_t next_id_ = 1;
};

}  // namespace cw::http::detail
