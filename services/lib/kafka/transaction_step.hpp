#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/record.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cw::kafka {

/// Where a step puts its outputs. They become visible together with the input offsets, or never.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  /// `topic`: its place in TransactionLoopOptions::output_topics. Copies the bytes; waits when the
  /// queue is full. A failure concerns the whole transaction: return it from process() as it is.
  [[nodiscard]] virtual Status put(TopicIndex topic,
                                   std::int32_t partition,
                                   std::string_view key,
                                   std::string_view value) = 0;
};

/// What a TransactionLoop runs: a fold of input partitions into state, and its outputs.
///
/// The loop calls for each partition number: opened, perhaps reset, restore*, restored, then
/// process* with either committed or aborted after each, then closed. All topics of the loop are
/// co-partitioned: one partition number is one piece of state. The state must be a function of the
/// records before the current offsets alone, whether they came by restore() or by process() and in
/// whatever batches. A step may keep it in a store of its own, together with the positions at
/// which it is exact: what restored() and committed() have told, never more.
/// THREAD: all calls come from the loop's thread.
class TransactionStep {
 public:
  virtual ~TransactionStep() = default;

  /// The partition is ours from now on. Returns the positions at which the step's own store holds
  /// its state, one a topic, loaded by now; empty: it holds none, the state is empty. Not called
  /// again for a partition that stays assigned across a rebalance with its state still exact.
  [[nodiscard]] virtual std::vector<Position> opened(std::int32_t partition) = 0;
  /// What opened() loaded is not what the group committed (e.g. it is ahead of it, from a cluster
  /// that was set back): forget it, in the store too. The state is empty from now on.
  virtual void reset(std::int32_t partition) = 0;
  /// Records that were processed and committed before: fold them, without any output.
  virtual void restore(std::span<const RecordView> records) = 0;
  /// The state of the partition is complete, at these positions.
  virtual void restored(std::int32_t partition, std::span<const Position> at) = 0;
  /// Folds a batch into an overlay and writes what follows from it. Records may belong to several
  /// partitions; those of one topic and partition come in the order of their offsets. An error of
  /// the sink is returned; anything else is dealt with inside, because a batch that cannot be
  /// processed would come back for ever. kLimitReached: the step refuses to go on; the loop drops
  /// the batch and holds until it is started anew.
  [[nodiscard]] virtual Status process(std::span<const RecordView> records, OutputSink& out) = 0;
  /// The last batch is committed: the overlay becomes the state. `batch_end`: the positions after
  /// it, of those topics and partitions that it had records of; the others stand where they stood.
  virtual void committed(std::span<const Position> batch_end) = 0;
  /// The last batch never happened: the overlay is dropped. The records will come again.
  virtual void aborted() = 0;
  /// The partition is no longer ours, or its state must be built anew: forget it. What the step's
  /// own store holds may stay there.
  virtual void closed(std::int32_t partition) = 0;
};

}  // namespace cw::kafka
