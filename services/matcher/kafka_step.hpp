#pragma once

#include "lib/codec/fact_block.hpp"
#include "lib/kafka/transaction_step.hpp"
#include "matcher/engine/partition_state.hpp"
#include "matcher/input_reader.hpp"
#include "matcher/look_ahead.hpp"
#include "matcher/mirror/state_keeper.hpp"
#include "matcher/poison_breaker.hpp"
#include "matcher/probe.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// The topics of the loop, in this order, and those that the step writes to, in this order.
enum Input : kafka::TopicIndex { kExposures, kReports, kControl, kAnswers };
enum Output : kafka::TopicIndex { kMatches, kWatchlist, kQuarantine };
inline constexpr std::array<std::string_view, 4> kInputNames{
    "exposures.v1", "reports.v1", "control.v1", "answers.v1"};
inline constexpr std::array<std::string_view, 3> kOutputNames{
    "matches.v1", "watchlist.v1", "quarantine.v1"};

/// The edge between Kafka and the matching: decodes records, calls the partition's state,
/// encodes what follows. What cannot be decoded or used goes to quarantine within the same
/// transaction, and the partition goes on.
/// THREAD: as TransactionStep; the counts may be read from any thread.
class KafkaStep : public kafka::TransactionStep {
 public:
  explicit KafkaStep(Probe& probe, PoisonLimits poison = {}) : probe_(probe), breaker_(poison) {}

  /// Keeps the state on local disk as well. Before the first partition is opened.
  void keep_state(StateKeeperOptions options) { keeper_.emplace(std::move(options)); }
  /// The number of the inputs' partitions; before the first partition is opened.
  void set_partitions(std::int32_t partitions) {
    if (keeper_) keeper_->set_partitions(partitions);
  }
  /// After the loop has ended: drops a batch in hand and saves all states.
  void stop();

  /// Must be called before the first record: entries go to murmur2(issuer) % `partitions`.
  void set_watchlist_partitions(std::int32_t partitions) { watchlist_partitions_ = partitions; }

  [[nodiscard]] std::vector<kafka::Position> opened(std::int32_t partition) override;
  void reset(std::int32_t partition) override;
  void restore(std::span<const kafka::RecordView> records) override;
  void restored(std::int32_t partition, std::span<const kafka::Position> at) override;
  [[nodiscard]] Status process(std::span<const kafka::RecordView> records,
                               kafka::OutputSink& out) override;
  void committed(std::span<const kafka::Position> batch_end) override;
  void aborted() override;
  void closed(std::int32_t partition) override;

  [[nodiscard]] std::size_t cards() const noexcept { return cards_; }
  [[nodiscard]] std::size_t unassigned() const noexcept { return unassigned_; }

 private:
  class Emitter;
  struct Source;

  struct Partition {
    PartitionState state;
    codec::FactBlockWriter facts;  ///< Of the batch in hand, not put yet.
    std::vector<ControlRecord> control;
    bool touched = false;      ///< By the batch in hand.
    StatePositions positions;  ///< That the committed state is exact at.
  };

  [[nodiscard]] Partition& partition_of(const kafka::RecordView& record);
  [[nodiscard]] Status fold_control(std::span<const kafka::RecordView> records, Emitter& emitter);
  [[nodiscard]] Status fold(const kafka::RecordView& record, std::size_t at, Emitter& emitter);
  void restore(const kafka::RecordView& record, std::size_t at);
  void note_positions(std::span<const kafka::Position> at);
  void open_anew(std::int32_t partition);
  void forget_batch();
  void count();

  Probe& probe_;
  PoisonBreaker breaker_;
  std::optional<StateKeeper> keeper_;
  std::int32_t watchlist_partitions_ = 0;
  InputReader reader_;
  LookAhead ahead_;  ///< In the batch in hand.
  std::map<std::int32_t, std::unique_ptr<Partition>> partitions_;
  std::int32_t last_number_ = -1;  ///< The partition looked up last.
  Partition* last_ = nullptr;
  std::array<std::size_t, kInputNames.size()> in_{};    ///< Records of the batch in hand.
  std::array<std::size_t, kOutputNames.size()> out_{};  ///< The same of outputs.
  std::vector<Errc> refused_;                           ///< Of the batch in hand.
  std::atomic<std::size_t> cards_{0};
  std::atomic<std::size_t> unassigned_{0};
};

}  // namespace cw::matcher
