#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/domain/watch.hpp"
#include "notifier/issuer_feed.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
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

/// watchlist.v1, folded: the feed of each issuer. THREAD: safe; feeds are never removed, so one
/// that was handed out stays good.
class FeedStore {
 public:
  /// Issuers come from control, by hand; a writer gone wrong must not fill the memory.
  static constexpr std::size_t kIssuersMax = 10'000;

  /// Gives the feed that the record belongs to. Fails like decode_watch, with kConflict (see
  /// IssuerFeed::apply) or kLimitReached; then the record is not part of any feed.
  [[nodiscard]] Result<std::shared_ptr<IssuerFeed>> apply(const WatchRecord& record);

  /// The issuer's feed, empty if nothing was written for it. Fails with kLimitReached.
  [[nodiscard]] Result<std::shared_ptr<IssuerFeed>> feed(const IssuerId& issuer);

  /// By issuer.
  [[nodiscard]] std::vector<std::shared_ptr<IssuerFeed>> feeds() const;

 private:
  mutable std::mutex mutex_;
  std::map<IssuerId, std::shared_ptr<IssuerFeed>> feeds_;
};

}  // namespace cw::notifier
