#pragma once

#include "lib/domain/control.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace cw::intake {

/// What is known of control: incidents, issuers, file loads. Readers take an immutable snapshot and
/// keep it for their whole upload. THREAD: safe.
class ControlView {
 public:
  ControlView() : current_(std::make_shared<const Control>()) {}

  [[nodiscard]] std::shared_ptr<const Control> snapshot() const;
  /// Adds records and makes them visible to the next snapshot().
  void apply(const std::vector<ControlRecord>& records);

 private:
  std::mutex writers_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Control> current_;
};

}  // namespace cw::intake
