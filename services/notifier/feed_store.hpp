#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/watch.hpp"
#include "notifier/issuer_feed.hpp"
#include "notifier/store/partition_store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cw::notifier {

struct FeedStoreOptions {
  std::filesystem::path folder = {};  ///< Empty: in memory, read anew at each start.
  std::string topic = {};             ///< The real name of watchlist.v1.
  std::uint32_t epoch = 1;
  std::chrono::milliseconds save_interval = std::chrono::seconds{10};
};

/// watchlist.v1, folded: the feeds of the partitions that this process has. THREAD: safe; a feed
/// that was handed out stays good, and stands empty once its partition is closed.
class FeedStore {
 public:
  using Feeds = PartitionStore::Feeds;

  /// One partition, in memory: for tests and tools.
  FeedStore();
  explicit FeedStore(FeedStoreOptions options) : options_(std::move(options)) {}

  struct Opened {
    StoreFound found = StoreFound::kFresh;
    std::string detail = {};
    std::int64_t next_offset = 0;
  };
  /// Opens what is kept of a partition, of so many. `end`: see PartitionStore::open, as the errors.
  [[nodiscard]] Result<Opened> open(std::int32_t partition,
                                    std::int32_t partitions,
                                    std::optional<std::int64_t> end = {});
  /// Everything becomes durable; also if that fails, the partition is not open any more. After a
  /// failure with kStoreCorrupt the store is removed.
  [[nodiscard]] Status close(std::int32_t partition);

  /// Takes records of one open partition; see PartitionStore::apply.
  [[nodiscard]] Result<Feeds> apply(std::span<const WatchRecord> records,
                                    const PartitionStore::Unreadable& unreadable);
  /// Gives the feed that the record belongs to. Fails like decode_watch, with kConflict (another
  /// partition's issuer) or kLimitReached; then the record is not part of any feed.
  [[nodiscard]] Result<std::shared_ptr<IssuerFeed>> apply(const WatchRecord& record);
  void save_if_due();

  /// The issuer's feed, empty if nothing was written for it. Fails with kFeedNotHere if its
  /// partition is not open here, with kLimitReached.
  [[nodiscard]] Result<std::shared_ptr<IssuerFeed>> feed(const IssuerId& issuer);
  /// The partition that an issuer's entries are in.
  [[nodiscard]] std::int32_t home(const IssuerId& issuer) const;

  /// By partition and issuer.
  [[nodiscard]] Feeds feeds() const;
  [[nodiscard]] Feeds feeds(std::int32_t partition) const;
  [[nodiscard]] std::vector<std::int32_t> partitions() const;

  struct Failure {
    std::int32_t partition = 0;
    Error error = {};
  };
  /// Partitions whose store has failed: to be closed and opened again.
  [[nodiscard]] std::vector<Failure> failures() const;

 private:
  [[nodiscard]] PartitionStore* find(std::int32_t partition) const;
  [[nodiscard]] std::filesystem::path folder(std::int32_t partition) const;
  [[nodiscard]] std::int32_t home_of(const IssuerId& issuer) const;

  const FeedStoreOptions options_;
  mutable std::mutex mutex_;
  std::int32_t count_ = 1;  ///< Partitions of the topic.
  std::map<std::int32_t, std::unique_ptr<PartitionStore>> stores_;
};

}  // namespace cw::notifier
