#include "notifier/feed_store.hpp"

#include "lib/base/assert.hpp"
#include "lib/kafka/record.hpp"

namespace cw::notifier {

FeedStore::FeedStore() {
  CW_ASSERT(open(0, 1));
}

Result<FeedStore::Opened> FeedStore::open(std::int32_t partition,
                                          std::int32_t partitions,
                                          std::optional<std::int64_t> end) {
  const std::lock_guard lock{mutex_};
  CW_ASSERT(!stores_.contains(partition) && partition < partitions);
  count_ = partitions;
  PartitionStoreOptions options{
      .folder = folder(partition),
      .origin = options_.topic + "/" + std::to_string(partitions) + "/" + std::to_string(partition),
      .epoch = options_.epoch,
      .save_interval = options_.save_interval};
  options.belongs = [partition, partitions](const IssuerId& issuer) {
    return kafka::partition_of(issuer.get(), partitions) == partition;
  };
  auto opened = PartitionStore::open(partition, std::move(options), now(), end);
  if (!opened) return std::move(opened).error();
  const PartitionStore& store = *opened.value();
  Opened result{store.found(), store.found_detail(), store.next_offset()};
  stores_.emplace(partition, std::move(opened).value());
  return result;
}

Status FeedStore::close(std::int32_t partition) {
  const std::lock_guard lock{mutex_};
  const auto place = stores_.find(partition);
  if (place == stores_.end()) return Ok{};
  const auto failed = place->second->failure();
  Status closed = place->second->close();
  stores_.erase(place);
  if (!failed || failed->code != Errc::kStoreCorrupt) return closed;
  return PartitionStore::destroy(folder(partition));
}

Result<FeedStore::Feeds> FeedStore::apply(std::span<const WatchRecord> records,
                                          const PartitionStore::Unreadable& unreadable) {
  if (records.empty()) return Feeds{};
  const std::lock_guard lock{mutex_};
  PartitionStore* const store = find(records.front().partition);
  if (store == nullptr) return Error{Errc::kFeedNotHere, "the partition is not open"};
  return store->apply(records, unreadable);
}

Result<std::shared_ptr<IssuerFeed>> FeedStore::apply(const WatchRecord& record) {
  std::optional<Error> refused;
  auto changed = apply(std::span{&record, 1},
                       [&](const WatchRecord&, const Error& error) { refused = error; });
  if (refused) return *refused;
  if (!changed) return std::move(changed).error();
  CW_ASSERT(changed.value().size() == 1);
  return changed.value().front();
}

void FeedStore::save_if_due() {
  const std::lock_guard lock{mutex_};
  for (const auto& [partition, store] : stores_) {
    store->save_if_due(PartitionStore::Steady::now());
  }
}

Result<std::shared_ptr<IssuerFeed>> FeedStore::feed(const IssuerId& issuer) {
  const std::lock_guard lock{mutex_};
  PartitionStore* const store = find(home_of(issuer));
  if (store != nullptr) return store->feed(issuer);
  return Error{Errc::kFeedNotHere,
               "the feed of " + issuer.get() + " is served by another notifier"};
}

std::int32_t FeedStore::home(const IssuerId& issuer) const {
  const std::lock_guard lock{mutex_};
  return home_of(issuer);
}

std::int32_t FeedStore::home_of(const IssuerId& issuer) const {
  return kafka::partition_of(issuer.get(), count_);
}

FeedStore::Feeds FeedStore::feeds() const {
  Feeds all;
  const std::lock_guard lock{mutex_};
  for (const auto& [partition, store] : stores_) {
    for (auto& feed : store->feeds()) all.push_back(std::move(feed));
  }
  return all;
}

FeedStore::Feeds FeedStore::feeds(std::int32_t partition) const {
  const std::lock_guard lock{mutex_};
  const PartitionStore* const store = find(partition);
  return store == nullptr ? Feeds{} : store->feeds();
}

std::vector<std::int32_t> FeedStore::partitions() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::int32_t> open;
  for (const auto& [partition, store] : stores_) open.push_back(partition);
  return open;
}

std::vector<FeedStore::Failure> FeedStore::failures() const {
  const std::lock_guard lock{mutex_};
  std::vector<Failure> failed;
  for (const auto& [partition, store] : stores_) {
    if (auto error = store->failure()) failed.push_back({partition, std::move(*error)});
  }
  return failed;
}

PartitionStore* FeedStore::find(std::int32_t partition) const {
  const auto place = stores_.find(partition);
  return place == stores_.end() ? nullptr : place->second.get();
}

std::filesystem::path FeedStore::folder(std::int32_t partition) const {
  return options_.folder.empty() ? options_.folder : options_.folder / std::to_string(partition);
}

}  // namespace cw::notifier
