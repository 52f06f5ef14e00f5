#pragma once

#include "bench/workload.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace cw::bench {

enum class MessageKind : std::uint8_t { kControl, kExposure, kReport };

/// One message as it comes from Kafka.
struct Message {
  MessageKind kind = MessageKind::kReport;
  std::string_view key;
  std::string_view value;
};

/// What the engine gave out.
struct EngineOutput {
  std::array<std::uint64_t, kOutcomes> active{};
  std::array<std::uint64_t, kOutcomes> inactive{};
  std::uint64_t retracted = 0;
  std::uint64_t watch_changes = 0;
  std::uint64_t refused = 0;
};

/// The one place where the benchmarks meet the matcher's engine: the state of one partition.
class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Decodes the batch, applies it and commits.
  void work(std::span<const Message> batch);
  [[nodiscard]] const EngineOutput& output() const noexcept;
  [[nodiscard]] std::size_t cards() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::bench
