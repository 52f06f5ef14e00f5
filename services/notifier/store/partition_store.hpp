#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "notifier/issuer_feed.hpp"
#include "notifier/store/shared_store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cw::notifier {

/// A record of watchlist.v1.
struct WatchRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  ///< -1: not known.
  std::string_view value;
};

struct PartitionStoreOptions {
  /// Of this partition alone; empty: in memory, and gone with the process.
  std::filesystem::path folder = {};
  /// Whose entries they are, e.g. "<topic>/<number of partitions>/<partition>".
  std::string origin = {};
  /// Whether an issuer's entries are in this partition; empty: every issuer's are.
  std::function<bool(const IssuerId&)> belongs = {};
  std::uint32_t epoch = 1;  ///< Of the feed: another one means that the topic was made anew.
  std::chrono::milliseconds save_interval = std::chrono::seconds{10};
  std::chrono::milliseconds future_tolerance = std::chrono::minutes{5};
};

/// What open() found. After a refusal the store is empty and the partition is read anew.
enum class StoreFound {
  kFresh,
  kUsable,
  kRefusedFormat,  ///< Written by a release that stores entries in another way.
  kRefusedOrigin,  ///< Of another topic, partition or number of partitions.
  kRefusedEpoch,
  kRefusedFuture,  ///< Its stamp is later than the clock, or its offset beyond the topic's end.
  kRefusedCorrupt,
};

/// Stable name for logs, e.g. "refused_epoch".
[[nodiscard]] std::string_view name(StoreFound found) noexcept;

/// The feeds of one partition of watchlist.v1 in a store on local disk, and the offset up to which
/// the partition was read into them.
///
/// There is no log of writes: what has changed is flushed every `save_interval` and at close().
/// After a crash the store is exact at an older moment, since what it holds is a prefix of what was
/// written and the offset is written after the entries before it; the topic is read from there, and
/// what was taken before is passed over. It may be lost at any time.
///
/// THREAD: one caller; feeds that were handed out are safe at any time, also after close().
class PartitionStore {
 public:
  using Steady = std::chrono::steady_clock;
  using Unreadable = std::function<void(const WatchRecord&, const Error&)>;
  using Feeds = std::vector<std::shared_ptr<IssuerFeed>>;

  /// Issuers come from control, by hand; a writer gone wrong must not fill the memory.
  static constexpr std::size_t kIssuersMax = 10'000;

  /// `end`: one past the last record of the partition, if known. Fails with kStoreLocked,
  /// kStoreFull, kStoreIo.
  [[nodiscard]] static Result<std::unique_ptr<PartitionStore>> open(
      std::int32_t partition,
      PartitionStoreOptions options,
      Instant now,
      std::optional<std::int64_t> end = {});

  [[nodiscard]] StoreFound found() const noexcept { return found_; }
  /// For a log line: what was refused and why; empty otherwise.
  [[nodiscard]] const std::string& found_detail() const noexcept { return found_detail_; }
  /// Where reading goes on; 0: from the beginning.
  [[nodiscard]] std::int64_t next_offset() const noexcept { return next_offset_; }

  /// Takes records by rising offset, and gives the feeds that have new entries. A record that
  /// cannot be read, or is of an issuer of another partition, is told and passed over. Fails as
  /// failure().
  [[nodiscard]] Result<Feeds> apply(std::span<const WatchRecord> records,
                                    const Unreadable& unreadable);
  /// Flushes, without waiting, if it is time.
  void save_if_due(Steady::time_point at);

  /// The issuer's feed, empty if nothing was written for it. Fails with kLimitReached, or as
  /// failure().
  [[nodiscard]] Result<std::shared_ptr<IssuerFeed>> feed(const IssuerId& issuer);
  [[nodiscard]] Feeds feeds() const;

  /// What has failed; then close and open again (after kStoreCorrupt: destroy()).
  [[nodiscard]] std::optional<Error> failure() const;
  /// Everything becomes durable, and the feeds stand empty from now on. Without `keep`, what was
  /// not flushed is lost, as in a crash.
  [[nodiscard]] Status close(bool keep = true);
  /// Removes the store of a partition that is not open.
  [[nodiscard]] static Status destroy(const std::filesystem::path& folder);

 private:
  PartitionStore(std::int32_t partition, PartitionStoreOptions options)
      : partition_(partition), options_(std::move(options)) {}

  [[nodiscard]] Status open_store();
  [[nodiscard]] Status examine(Instant now, std::optional<std::int64_t> end);
  [[nodiscard]] Status load_feeds();
  [[nodiscard]] Status load_digests(FeedNumber number, crypto::BucketDigests& digests);
  [[nodiscard]] Status begin_anew();
  [[nodiscard]] Status write_offset();

  const std::int32_t partition_;
  const PartitionStoreOptions options_;
  std::shared_ptr<SharedStore> store_;
  StoreFound found_ = StoreFound::kFresh;
  std::string found_detail_;
  std::int64_t next_offset_ = 0;
  Steady::time_point saved_ = Steady::now();
  FeedNumber next_number_ = 1;
  std::map<IssuerId, std::shared_ptr<IssuerFeed>> feeds_;
};

}  // namespace cw::notifier
