#include "notifier/store/partition_store.hpp"

#include "lib/codec/watch_codec.hpp"
#include "notifier/store/bytes.hpp"

#include <set>
#include <utility>

namespace cw::notifier {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::string_view kMagic = "cwfeeds";
constexpr std::size_t kMiB = std::size_t{1} << 20U;

/// What the store is of; written once, when it is made.
struct Meta {
  std::uint32_t format = 0;
  std::uint32_t epoch = 0;
  std::string origin = {};
};

std::string encode(const Meta& meta) {
  std::string bytes{kMagic};
  put_number(bytes, meta.format);
  put_number(bytes, meta.epoch);
  put_text(bytes, meta.origin);
  return bytes;
}

/// Of another format the rest is not looked at.
std::optional<Meta> decode_meta(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  ByteReader from{bytes.substr(kMagic.size())};
  Meta meta;
  meta.format = from.number<std::uint32_t>();
  if (meta.format != kFormat) return meta;
  meta.epoch = from.number<std::uint32_t>();
  meta.origin = from.text();
  if (!from.good()) return std::nullopt;
  return meta;
}

Error corrupt(std::string_view what) {
  return Error{Errc::kStoreCorrupt, "the store holds " + std::string{what}};
}

store::Options store_options(bool in_memory) {
  return {.write_buffer_bytes = (in_memory ? 4 : 16) * kMiB,
          .cache_bytes = 32 * kMiB,
          .point_reads = true,
          .in_memory = in_memory};
}

/// A record, taken apart.
struct Read {
  Instant at = {};
  std::uint64_t seq = 0;
  WatchChange change = {};
};

}  // namespace

std::string_view name(StoreFound found) noexcept {
  switch (found) {
    case StoreFound::kFresh:
      return "fresh";
    case StoreFound::kUsable:
      return "usable";
    case StoreFound::kRefusedFormat:
      return "refused_format";
    case StoreFound::kRefusedOrigin:
      return "refused_origin";
    case StoreFound::kRefusedEpoch:
      return "refused_epoch";
    case StoreFound::kRefusedFuture:
      return "refused_future";
    case StoreFound::kRefusedCorrupt:
      return "refused_corrupt";
  }
  return "unknown";
}

Result<std::unique_ptr<PartitionStore>> PartitionStore::open(std::int32_t partition,
                                                             PartitionStoreOptions options,
                                                             Instant now,
                                                             std::optional<std::int64_t> end) {
  std::unique_ptr<PartitionStore> made{new PartitionStore{partition, std::move(options)}};
  Status examined = made->open_store();
  if (examined) examined = made->examine(now, end);
  if (examined && made->found_ == StoreFound::kUsable) examined = made->load_feeds();
  if (!examined && examined.error().code == Errc::kStoreCorrupt) {
    made->found_ = StoreFound::kRefusedCorrupt;
    made->found_detail_ = examined.error().detail;
    examined = Ok{};
  }
  if (!examined) return std::move(examined).error();
  if (made->found_ != StoreFound::kUsable) {
    if (Status anew = made->begin_anew(); !anew) return std::move(anew).error();
  }
  return made;
}

Status PartitionStore::open_store() {
  const bool in_memory = options_.folder.empty();
  auto opened = store::KeyValueStore::open(in_memory ? "/partition" : options_.folder,
                                           store_options(in_memory));
  if (!opened) return std::move(opened).error();
  store_ = std::make_shared<SharedStore>(std::move(opened).value());
  return Ok{};
}

Status PartitionStore::examine(Instant now, std::optional<std::int64_t> end) {
  const auto store = store_->use();
  const auto bytes = store->get(key(Shelf::kMeta));
  if (!bytes) return bytes.error();
  if (!bytes.value()) return Ok{};
  const auto meta = decode_meta(*bytes.value());
  if (!meta) return corrupt("no description that can be read");
  const auto refuse = [this](StoreFound found, std::string detail) {
    found_ = found;
    found_detail_ = std::move(detail);
    return Ok{};
  };
  if (meta->format != kFormat) {
    return refuse(StoreFound::kRefusedFormat, "format " + std::to_string(meta->format));
  }
  if (meta->origin != options_.origin) {
    return refuse(StoreFound::kRefusedOrigin, meta->origin + ", this is " + options_.origin);
  }
  if (meta->epoch != options_.epoch) {
    return refuse(StoreFound::kRefusedEpoch, "epoch " + std::to_string(meta->epoch));
  }
  const auto stood = store->get(key(Shelf::kOffset));
  if (!stood) return stood.error();
  if (!stood.value()) return corrupt("no offset");
  ByteReader from{*stood.value()};
  const auto offset = from.number<std::int64_t>();
  const Instant saved_at{std::chrono::milliseconds{from.number<std::int64_t>()}};
  if (!from.good() || offset < 0) return corrupt("an offset that is none");
  if (saved_at > now + options_.future_tolerance) {
    return refuse(StoreFound::kRefusedFuture,
                  "saved at " + format_instant(saved_at) + ", now is " + format_instant(now));
  }
  if (end && offset > *end) {
    return refuse(
        StoreFound::kRefusedFuture,
        "read up to " + std::to_string(offset) + ", the partition ends at " + std::to_string(*end));
  }
  next_offset_ = offset;
  found_ = StoreFound::kUsable;
  return Ok{};
}

Status PartitionStore::load_feeds() {
  const auto store = store_->use();
  std::vector<std::pair<IssuerId, IssuerRecord>> records;
  bool good = true;
  Status scanned =
      store->scan(key(Shelf::kIssuer), [&](std::string_view place, std::string_view bytes) {
        auto record = decode_issuer(bytes);
        good = record.has_value();
        if (good) records.emplace_back(IssuerId{std::string{place.substr(1)}}, std::move(*record));
        return good;
      });
  if (scanned && !good) scanned = corrupt("an issuer's record that is none");
  if (!scanned) return scanned;
  for (auto& [issuer, record] : records) {
    crypto::BucketDigests digests;
    if (Status loaded = load_digests(record.number, digests); !loaded) return loaded;
    next_number_ = std::max(next_number_, record.number + 1);
    feeds_.emplace(
        issuer,
        std::make_shared<IssuerFeed>(issuer, store_, partition_, std::move(record), digests));
  }
  return Ok{};
}

Status PartitionStore::load_digests(FeedNumber number, crypto::BucketDigests& digests) {
  bool good = true;
  const Status read = store_->use()->range(key(Shelf::kDigest, number, std::uint8_t{0}),
                                           end_key(Shelf::kDigest, number),
                                           [&](std::string_view place, std::string_view bytes) {
                                             const auto bucket = bucket_of_key(place);
                                             const auto digest = decode_digest(bytes);
                                             good = bucket && digest;
                                             if (good) digests.set(*bucket, *digest);
                                             return good;
                                           });
  if (read && !good) return corrupt("a digest that is none");
  return read;
}

Status PartitionStore::begin_anew() {
  feeds_.clear();
  next_offset_ = 0;
  if (found_ != StoreFound::kFresh) {
    if (store_) static_cast<void>(store_->close(/*keep=*/false));
    if (Status gone = destroy(options_.folder); !gone) return gone;
    if (Status opened = open_store(); !opened) return opened;
  }
  store::Batch batch;
  batch.put(key(Shelf::kMeta), encode(Meta{kFormat, options_.epoch, options_.origin}));
  const auto store = store_->use();
  if (Status written = store->write(batch); !written) return written;
  return write_offset();
}

Status PartitionStore::write_offset() {
  std::string bytes;
  put_number(bytes, next_offset_);
  put_number(bytes, std::int64_t{now().time_since_epoch().count()});
  store::Batch batch;
  batch.put(key(Shelf::kOffset), bytes);
  const auto store = store_->use();
  if (!store) return store_->failure().value_or(Error{Errc::kUnavailable, "closed"});
  return store->write(batch);
}

Result<PartitionStore::Feeds> PartitionStore::apply(std::span<const WatchRecord> records,
                                                    const Unreadable& unreadable) {
  std::map<std::shared_ptr<IssuerFeed>, std::vector<Read>> by_feed;
  for (const WatchRecord& record : records) {
    auto change = codec::decode_watch(record.value);
    if (!change) {
      unreadable(record, change.error());
      continue;
    }
    auto feed = this->feed(change.value().entry.issuer);
    if (!feed) {
      if (auto failed = failure()) return *failed;
      unreadable(record, feed.error());
      continue;
    }
    const Instant at =
        record.timestamp_ms < 0 ? now() : Instant{std::chrono::milliseconds{record.timestamp_ms}};
    by_feed[std::move(feed).value()].push_back(
        {at, static_cast<std::uint64_t>(record.offset) + 1, std::move(change).value()});
  }
  Feeds changed;
  for (const auto& [feed, reads] : by_feed) {
    std::vector<IssuerFeed::Written> written;
    written.reserve(reads.size());
    for (const Read& read : reads) written.push_back({read.seq, read.at, &read.change});
    if (Status applied = feed->apply_all(written); !applied) return std::move(applied).error();
    changed.push_back(feed);
  }
  if (!records.empty()) next_offset_ = records.back().offset + 1;
  if (Status stood = write_offset(); !stood) store_->fail(stood.error());
  if (auto failed = failure()) return *failed;
  return changed;
}

void PartitionStore::save_if_due(Steady::time_point at) {
  if (at < saved_ + options_.save_interval) return;
  saved_ = at;
  const auto store = store_->use();
  if (!store) return;
  if (Status flushed = store->flush_later(); !flushed) store_->fail(flushed.error());
}

Result<std::shared_ptr<IssuerFeed>> PartitionStore::feed(const IssuerId& issuer) {
  const auto known = feeds_.find(issuer);
  if (known != feeds_.end()) return known->second;
  if (auto failed = failure()) return *failed;
  if (options_.belongs && !options_.belongs(issuer)) {
    return Error{Errc::kConflict, "entries of " + issuer.get() + " in another's partition"};
  }
  if (feeds_.size() >= kIssuersMax) return Error{Errc::kLimitReached, "too many issuers"};
  IssuerRecord record{.number = next_number_++};
  auto made = std::make_shared<IssuerFeed>(
      issuer, store_, partition_, std::move(record), crypto::BucketDigests{});
  return feeds_.emplace(issuer, std::move(made)).first->second;
}

PartitionStore::Feeds PartitionStore::feeds() const {
  Feeds all;
  all.reserve(feeds_.size());
  for (const auto& [issuer, feed] : feeds_) all.push_back(feed);
  return all;
}

std::optional<Error> PartitionStore::failure() const {
  if (auto failed = store_->failure()) return failed;
  const auto store = store_->use();
  if (!store) return Error{Errc::kUnavailable, "the partition's store is closed"};
  if (Status health = store->health(); !health) return health.error();
  return std::nullopt;
}

Status PartitionStore::close(bool keep) {
  if (keep) {
    for (const auto& feed : feeds()) {
      while (feed->file_notes()) continue;
    }
  }
  return store_->close(keep);
}

Status PartitionStore::destroy(const std::filesystem::path& folder) {
  if (folder.empty()) return Ok{};
  return store::KeyValueStore::destroy(folder);
}

}  // namespace cw::notifier
