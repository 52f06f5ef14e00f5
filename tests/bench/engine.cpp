#include "bench/engine.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/fact_block.hpp"
#include "lib/codec/watch_codec.hpp"
#include "matcher/engine/partition_state.hpp"
#include "matcher/input_reader.hpp"
#include "matcher/look_ahead.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cw::bench {
namespace {

/// Encodes what comes out as the service does, and counts it.
class Counting : public matcher::MatchOutput {
 public:
  Status changed(const FactView& fact) override {
    ++(fact.active ? counts.active : counts.inactive)[static_cast<std::size_t>(fact.outcome)];
    return put(fact, /*retracted=*/false);
  }
  Status retracted(const FactView& fact) override {
    ++counts.retracted;
    return put(fact, /*retracted=*/true);
  }
  Status watch(const WatchChange& change) override {
    ++counts.watch_changes;
    value_.clear();
    codec::encode_to(value_, change);
    return Ok{};
  }
  Status refused(std::size_t /*source*/, const Error& /*why*/) override {
    ++counts.refused;
    return Ok{};
  }

  EngineOutput counts;

 private:
  Status put(const FactView& fact, bool retracted) {
    facts_.add(fact, retracted);
    if (facts_.bytes() >= codec::kFactBlockBytesMax) facts_.clear();
    return Ok{};
  }

  codec::FactBlockWriter facts_;
  std::string value_;
};

}  // namespace

class Engine::Impl {
 public:
  void work(std::span<const Message> batch) {
    ahead_.begin(batch.size());
    for (std::size_t at = 0; at < batch.size(); ++at) {
      ahead_.reach(at, Source{batch, state_});
      CW_ASSERT(fold(batch[at], ahead_.card(at)).has_value());
    }
    state_.commit();
  }
  [[nodiscard]] const EngineOutput& output() const noexcept { return output_.counts; }
  [[nodiscard]] std::size_t cards() const noexcept { return state_.cards(); }

 private:
  struct Source {
    std::span<const Message> batch;
    matcher::PartitionState& states;

    [[nodiscard]] std::string_view key(std::size_t at) const { return batch[at].key; }
    [[nodiscard]] std::string_view value(std::size_t at) const { return batch[at].value; }
    [[nodiscard]] matcher::PartitionState& state(std::size_t /*at*/) const { return states; }
  };

  Status fold(const Message& message, const std::optional<CardRef>& key) {
    if (message.kind == MessageKind::kReport) {
      const auto report = reader_.report(key, message.value);
      CW_ASSERT(report.has_value());
      return state_.report(report.value(), 0, output_);
    }
    if (message.kind == MessageKind::kExposure) {
      const auto exposure = reader_.exposure(key, message.value);
      CW_ASSERT(exposure.has_value());
      return state_.exposure(exposure.value(), 0, output_);
    }
    const auto control = matcher::InputReader::control(message.value);
    CW_ASSERT(control.has_value());
    return state_.control({&control.value(), 1}, output_);
  }

  matcher::PartitionState state_;
  matcher::InputReader reader_;
  matcher::LookAhead ahead_;
  Counting output_;
};

Engine::Engine() : impl_(std::make_unique<Impl>()) {}
Engine::~Engine() = default;

void Engine::work(std::span<const Message> batch) {
  impl_->work(batch);
}

const EngineOutput& Engine::output() const noexcept {
  return impl_->output();
}

std::size_t Engine::cards() const noexcept {
  return impl_->cards();
}

}  // namespace cw::bench
