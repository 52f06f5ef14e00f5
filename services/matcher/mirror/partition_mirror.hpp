#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/store/key_value_store.hpp"
#include "matcher/mirror/mirror_meta.hpp"
#include "matcher/state/state_image.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace cw::matcher {

struct MirrorOptions {
  std::filesystem::path folder = {};  ///< Of this partition alone.
  std::uint32_t format = 0;           ///< Of the engine's blobs.
  std::uint32_t rules = 0;            ///< Of the rules that the state follows.
  std::int32_t partitions = 0;        ///< Of the input topics.
  /// Whose state it is, e.g. "<topic prefix>/<group>/<partition>": a folder that was moved or is
  /// configured twice is refused.
  std::string origin = {};
  /// A save comes when this much time has passed, or this many cards have changed; but never
  /// before forty times as long as the last one took, so that saving costs little at any load.
  std::chrono::milliseconds save_interval = std::chrono::seconds{10};
  std::size_t save_cards = 500'000;
  std::chrono::milliseconds future_tolerance = std::chrono::minutes{5};
  std::size_t batch_bytes = std::size_t{64} << 20U;  ///< Of one atomic batch of a save.
  store::Options store = {};                         ///< The merger is set by the mirror.
};

/// What open() found in the folder. After a refusal the folder is empty, so the partition is
/// built anew from its inputs.
enum class MirrorFound {
  kFresh,              ///< Nothing yet.
  kUsable,             ///< A state at positions(): load() it.
  kRefusedFormat,      ///< Written by a release that stores cards in another way.
  kRefusedRules,       ///< Emitted facts may differ from today's rules: an alarm, `verify`.
  kRefusedOrigin,      ///< Of another group, prefix, partition or number of partitions.
  kRefusedFuture,      ///< Its stamp is later than the clock: one of the two is wrong.
  kRefusedUnfinished,  ///< The process died within a save of several batches.
  kRefusedCorrupt,
};

/// Stable name for logs, e.g. "refused_rules".
[[nodiscard]] std::string_view name(MirrorFound found) noexcept;

/// The state of one partition on local disk: a shortcut past folding all its inputs.
///
/// It may lag Kafka and never leads it: only committed state is saved, with the positions it is
/// exact at, in one batch. There is no log of writes: after a crash the mirror is exact at an older
/// save, and the loop folds the inputs from there. So saving often buys little: changes gather in
/// the state, where a card that changes a thousand times costs one write, and are saved when
/// due(). Inputs are kept for ever, so a mirror of any age is good.
///
/// Errors as of store::KeyValueStore. No failure of the mirror harms the state in memory or in
/// Kafka: go on without, alarm, and save again when due. THREAD: the lane's.
class PartitionMirror {
 public:
  using Steady = std::chrono::steady_clock;

  /// Fails with kStoreLocked, kStoreFull, kStoreIo.
  [[nodiscard]] static Result<std::unique_ptr<PartitionMirror>> open(MirrorOptions options,
                                                                     Instant now);

  [[nodiscard]] MirrorFound found() const noexcept { return found_; }
  /// For a log line: what was refused and why; empty otherwise.
  [[nodiscard]] const std::string& found_detail() const noexcept { return found_detail_; }
  /// What the saved state is exact at; empty if there is none.
  [[nodiscard]] const StatePositions& positions() const noexcept { return meta_.positions; }

  /// Hands over the saved state, which must exist. On kStoreCorrupt the mirror is empty
  /// afterwards: throw away what was loaded and build it from the inputs.
  [[nodiscard]] Status load(StateLoader& loader);
  /// Empties the mirror, e.g. because its positions lie beyond what the group has committed.
  [[nodiscard]] Status reset();

  /// It is time for save(), and the disk keeps up.
  [[nodiscard]] bool due(std::size_t changed_cards, Steady::time_point at) const;
  /// Saves what has changed, or everything if the mirror is empty or a save has failed; returns
  /// before it is durable. If the disk is known to fail, the image is not asked.
  [[nodiscard]] Status save(StateImage& image, StatePositions positions, Instant now);
  /// save(), and waits until it is durable. The mirror stays open.
  [[nodiscard]] Status save_durably(StateImage& image, StatePositions positions, Instant now);
  /// Lets go of the folder. Saves that are not durable yet become so.
  [[nodiscard]] Status close();

  [[nodiscard]] store::StoreSizes sizes() const {
    return store_ == nullptr ? store::StoreSizes{} : store_->sizes();
  }

 private:
  explicit PartitionMirror(MirrorOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Status write(StateImage& image, StatePositions positions, Instant now);
  [[nodiscard]] Status open_store();
  [[nodiscard]] Status examine(Instant now);
  [[nodiscard]] MirrorFound judge(const MirrorMeta& meta, Instant now);
  [[nodiscard]] Status load_all(StateLoader& loader);
  [[nodiscard]] Status load_cards(StateLoader& loader);
  [[nodiscard]] std::size_t estimate_cards() const;

  MirrorOptions options_;
  std::unique_ptr<store::KeyValueStore> store_;
  MirrorFound found_ = MirrorFound::kFresh;
  std::string found_detail_;
  MirrorMeta meta_;
  bool everything_ = true;  ///< The next save writes the whole state.
  bool content_ = false;    ///< Something may lie in the store.
  Steady::time_point saved_ = Steady::now();
  Steady::duration save_time_{};  ///< What the last save took of the lane's time.
};

}  // namespace cw::matcher
