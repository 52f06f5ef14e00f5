#include "lib/http/detail/server_core.hpp"

namespace cw::http::detail {

void ServerCore::publish_locked() {
  if (options.probe) {
    options.probe->connections(options.name, static_cast<double>(sessions_.size()));
  }
}

std::uint64_t ServerCore::enter(StopSession stop) {
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= options.connections_max) return 0;
  const std::uint64_t id = next_id_++;
  sessions_.emplace(id, std::move(stop));
  publish_locked();
  return id;
}

void ServerCore::leave(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(id);
  publish_locked();
  if (sessions_.empty()) emptied_.notify_all();
}

void ServerCore::stop_sessions(Stop how) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, stop] : sessions_) stop(how);
}

bool ServerCore::wait_until_empty(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, limit, [this] { return sessions_.empty(); });
}

std::uint32_t ServerCore::sessions() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint32_t>(sessions_.size());
}

void ServerCore::refuse(const std::string& reason,
                        std::string_view event,
                        telemetry::Logger::Fields fields) {
  if (options.probe) options.probe->refused(options.name, reason);
  logger.warn_throttled(throttle, event, "A connection was refused", fields);
}

}  // namespace cw::http::detail
