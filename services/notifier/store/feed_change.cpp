#include "notifier/store/feed_change.hpp"

#include "notifier/store/bytes.hpp"
#include "notifier/store/entry_record.hpp"

#include <algorithm>
#include <utility>

namespace cw::notifier {

std::optional<CardRecord> FeedChange::card(const CardRef& card) {
  if (const auto saved = saved_.find(card); saved != saved_.end()) return saved->second;
  auto bytes = store_.get(key(Shelf::kCard, feed_.record.number, card));
  if (!bytes) shared_.fail(std::move(bytes).error());
  if (!bytes || !bytes.value()) return std::nullopt;
  auto record = decode_card(*bytes.value());
  if (!record) shared_.fail({Errc::kStoreCorrupt, "a card's record is damaged"});
  return record;
}

std::optional<std::string> FeedChange::content(Shelf shelf, std::uint64_t seq) {
  auto bytes = store_.get(key(shelf, feed_.record.number, seq));
  if (bytes) return std::move(bytes).value();
  shared_.fail(std::move(bytes).error());
  return std::nullopt;
}

void FeedChange::save(const CardRef& card,
                      const std::optional<CardRecord>& before,
                      const CardRecord& after) {
  if (before) count(*before, /*more=*/false);
  count(after, /*more=*/true);
  batch_.put(key(Shelf::kCard, feed_.record.number, card), encode(after));
  saved_.insert_or_assign(card, after);
  if (after.bucket && (!before || before->bucket != after.bucket)) {
    bucket_keys_.push_back(key(Shelf::kBucket, feed_.record.number, *after.bucket, card));
  }
}

void FeedChange::count(const CardRecord& record, bool more) {
  if (const auto* const hash = record.counted()) {
    more ? feed_.digests.add(*record.bucket, *hash) : feed_.digests.remove(*record.bucket, *hash);
    touched_.set(*record.bucket);
  }
  if (!record.on_list()) return;
  more ? ++feed_.record.entries : --feed_.record.entries;
  if (record.answer.empty()) return;
  auto& cards = feed_.record.answers[record.answer];
  more ? ++cards : --cards;
  if (cards == 0) feed_.record.answers.erase(record.answer);
}

void FeedChange::put(Shelf shelf, std::uint64_t seq, std::string_view value) {
  batch_.put(key(shelf, feed_.record.number, seq), value);
}

void FeedChange::erase(Shelf shelf, std::uint64_t seq) {
  batch_.erase(key(shelf, feed_.record.number, seq));
}

void FeedChange::strip(const CardRef& card, PastVersion& version) {
  if (std::exchange(version.kept, false)) put(Shelf::kPast, version.seq, EntryCodec::strip(card));
}

void FeedChange::mark(std::uint64_t seq, std::string_view code) {
  put(Shelf::kSetAside, seq, code);
  ++feed_.record.set_aside;
}

void FeedChange::unmark(std::uint64_t seq) {
  erase(Shelf::kSetAside, seq);
  --feed_.record.set_aside;
}

bool FeedChange::commit() {
  if (shared_.failure()) return false;
  for (std::size_t at = 0; at < crypto::kBuckets; ++at) {
    if (!touched_[at]) continue;
    const auto bucket = static_cast<crypto::Bucket>(at);
    batch_.put(key(Shelf::kDigest, feed_.record.number, bucket),
               encode(feed_.digests.bucket(bucket)));
  }
  // In order, and not between the cards: writing beside what was written last is far cheaper.
  std::sort(bucket_keys_.begin(), bucket_keys_.end());
  for (const std::string& bucket_key : bucket_keys_) batch_.put(bucket_key, {});
  bucket_keys_.clear();
  batch_.put(key(Shelf::kIssuer, feed_.issuer.get()), encode(feed_.record));
  auto written = store_.write(batch_);
  if (!written) shared_.fail(std::move(written).error());
  touched_.reset();
  saved_.clear();
  return !shared_.failure();
}

std::string encode(const crypto::FeedDigest& digest) {
  std::string bytes;
  put_number(bytes, digest.count());
  bytes += digest.hex();
  return bytes;
}

std::optional<crypto::FeedDigest> decode_digest(std::string_view bytes) {
  ByteReader from{bytes};
  const auto count = from.number<std::int64_t>();
  auto digest = crypto::FeedDigest::parse(count, from.rest());
  if (!digest) return std::nullopt;
  return std::move(digest).value();
}

}  // namespace cw::notifier
