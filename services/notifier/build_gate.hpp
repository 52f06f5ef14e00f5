#pragma once

#include "lib/http/task.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace cw::notifier {

/// Lets at most `slots` messages be made at a time; who comes later waits, first come, first
/// served. Making one takes some milliseconds of a processor, so a feed of a million entries, which
/// comes back after each batch, stands in line behind every other feed instead of filling the io
/// threads: an issuer with one entry waits for one batch of each of the others at most, and timers
/// and answers do not wait at all while an io thread is left over. THREAD: safe.
class BuildGate {
 public:
  explicit BuildGate(std::size_t slots);
  ~BuildGate();
  BuildGate(const BuildGate&) = delete;
  BuildGate& operator=(const BuildGate&) = delete;

  /// A turn, given back when it is destroyed. May outlive the gate.
  class Turn;
  [[nodiscard]] http::Task<std::unique_ptr<Turn>> enter();

  /// Who waits now.
  [[nodiscard]] std::size_t waiting() const;
  /// Whether anybody has a turn, or had one so recently.
  [[nodiscard]] bool used_within(std::chrono::milliseconds time) const;

 private:
  struct Line;
  std::shared_ptr<Line> line_;
};

class BuildGate::Turn {
 public:
  explicit Turn(std::shared_ptr<Line> line) : line_(std::move(line)) {}
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::shared_ptr<Line> line_;
};

}  // namespace cw::notifier
