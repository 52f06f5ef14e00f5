#pragma once

#include "lib/base/result.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace cw::intake {

/// Bounds the uploads in progress, and lets no file be loaded twice at the same time, so that its
/// second load sees that the first was done. THREAD: safe.
class UploadGate {
 public:
  explicit UploadGate(std::size_t uploads_max) : state_(std::make_shared<State>(uploads_max)) {}

  struct State;
  /// A place in the gate, given back when destroyed.
  class Pass {
   public:
    Pass(std::shared_ptr<State> state, std::string name);
    ~Pass();
    Pass(Pass&&) noexcept = default;
    Pass& operator=(Pass&&) noexcept = delete;

   private:
    std::shared_ptr<State> state_;
    std::string name_;
  };

  /// Fails with kUnavailable (too many uploads), or kConflict if `name` is not empty and in
  /// progress already.
  [[nodiscard]] Result<Pass> enter(const std::string& name);

  struct State {
    explicit State(std::size_t max) : uploads_max(max) {}
    const std::size_t uploads_max;
    std::mutex mutex;
    std::size_t uploads = 0;
    std::set<std::string> names;
  };

 private:
  std::shared_ptr<State> state_;
};

}  // namespace cw::intake
