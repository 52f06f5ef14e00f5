#include "notifier/feed_store.hpp"

#include "lib/codec/watch_codec.hpp"

namespace cw::notifier {

Result<std::shared_ptr<IssuerFeed>> FeedStore::apply(const WatchRecord& record) {
  const auto change = codec::decode_watch(record.value);
  if (!change) return change.error();
  auto feed = this->feed(change.value().entry.issuer);
  if (!feed) return feed;
  const auto seq = static_cast<std::uint64_t>(record.offset) + 1;
  const Instant at =
      record.timestamp_ms < 0 ? now() : Instant{std::chrono::milliseconds{record.timestamp_ms}};
  if (auto applied = feed.value()->apply(record.partition, seq, at, change.value()); !applied) {
    return applied.error();
  }
  return feed;
}

Result<std::shared_ptr<IssuerFeed>> FeedStore::feed(const IssuerId& issuer) {
  const std::lock_guard lock{mutex_};
  const auto known = feeds_.find(issuer);
  if (known != feeds_.end()) return known->second;
  if (feeds_.size() >= kIssuersMax) return Error{Errc::kLimitReached, "too many issuers"};
  return feeds_.emplace(issuer, std::make_shared<IssuerFeed>(issuer)).first->second;
}

std::vector<std::shared_ptr<IssuerFeed>> FeedStore::feeds() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::shared_ptr<IssuerFeed>> all;
  all.reserve(feeds_.size());
  for (const auto& [issuer, feed] : feeds_) all.push_back(feed);
  return all;
}

}  // namespace cw::notifier
