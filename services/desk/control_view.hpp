#pragma once

#include "lib/domain/control.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace cw::desk {

/// What the desk knows of control, as read back from Kafka. THREAD: safe.
class ControlView {
 public:
  ControlView() : current_(std::make_shared<const Control>()) {}

  /// An immutable state; keep it for one request.
  [[nodiscard]] std::shared_ptr<const Control> snapshot() const;
  /// Adds what was read; `next_offset` is the offset after it. THREAD: one writer.
  void apply(const std::vector<ControlRecord>& records, std::int64_t next_offset);
  [[nodiscard]] std::int64_t next_offset() const;

  /// Waits until `seen` holds of the state; false after `wait`.
  [[nodiscard]] bool wait_until(const std::function<bool(const Control&)>& seen,
                                std::chrono::milliseconds wait) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<const Control> current_;
  std::int64_t next_offset_ = 0;
};

}  // namespace cw::desk
