// What is read from a feed.
#include "notifier/issuer_feed.hpp"

namespace cw::notifier {
namespace {

constexpr std::size_t kFewNotes = 1000;

Error damaged() {
  return {Errc::kStoreCorrupt, "an entry in the store is damaged"};
}

}  // namespace

/// False: reading failed, and the store with it.
bool IssuerFeed::note(const Status& read) const {
  if (!read) store_->fail(read.error());
  return !store_->failure();
}

std::optional<CardRecord> IssuerFeed::card(const SharedStore::Use& store,
                                           const CardRef& card) const {
  const auto bytes = store->get(key(Shelf::kCard, record_.number, card));
  if (!bytes) store_->fail(bytes.error());
  if (!bytes || !bytes.value()) return std::nullopt;
  auto record = decode_card(*bytes.value());
  if (!record) store_->fail(damaged());
  return record;
}

std::optional<CardRef> IssuerFeed::card_of_seq(const SharedStore::Use& store,
                                               std::uint64_t seq) const {
  for (const Shelf shelf : {Shelf::kEntry, Shelf::kPast}) {
    const auto bytes = store->get(key(shelf, record_.number, seq));
    if (!bytes) store_->fail(bytes.error());
    if (bytes && bytes.value()) return EntryCodec::card(*bytes.value());
  }
  return std::nullopt;
}

std::vector<std::pair<std::uint64_t, CardRef>> IssuerFeed::seqs(const SharedStore::Use& store,
                                                                Shelf shelf,
                                                                std::uint64_t after,
                                                                std::uint64_t through) const {
  std::vector<std::pair<std::uint64_t, CardRef>> found;
  const auto read = store->range(key(shelf, record_.number, after + 1),
                                 key(shelf, record_.number, through + 1),
                                 [&](std::string_view at, std::string_view bytes) {
                                   const auto seq = seq_of(at);
                                   const auto card = EntryCodec::card(bytes);
                                   if (seq && card) found.emplace_back(*seq, *card);
                                   return seq && card;
                                 });
  static_cast<void>(note(read));
  return found;
}

std::uint64_t IssuerFeed::count(const SharedStore::Use& store,
                                std::uint64_t after,
                                std::uint64_t through) const {
  std::uint64_t entries = 0;
  const auto read = store->range(key(Shelf::kEntry, record_.number, after + 1),
                                 key(Shelf::kEntry, record_.number, through + 1),
                                 [&](std::string_view, std::string_view) {
                                   ++entries;
                                   return true;
                                 });
  static_cast<void>(note(read));
  return entries;
}

IssuerFeed::Window IssuerFeed::next(std::size_t entries_max) const {
  const std::lock_guard lock{mutex_};
  return read(record_.cursor, entries_max);
}

IssuerFeed::Window IssuerFeed::page(std::uint64_t after, std::size_t entries_max) const {
  const std::lock_guard lock{mutex_};
  return read(after, entries_max);
}

IssuerFeed::Window IssuerFeed::read(std::uint64_t after, std::size_t entries_max) const {
  Window window;
  const auto store = store_->use();
  if (!store || after >= record_.newest) return window;
  const auto read =
      store->range(key(Shelf::kEntry, record_.number, after + 1),
                   end_key(Shelf::kEntry, record_.number),
                   [&](std::string_view at, std::string_view bytes) {
                     window.more = window.entries.size() == entries_max;
                     if (window.more) return false;
                     const auto seq = seq_of(at);
                     auto stored = seq ? codec_.read(*seq, bytes) : std::nullopt;
                     if (!stored) store_->fail(damaged());
                     if (!stored) return false;
                     window.entries.push_back({stored->card, std::move(stored->entry)});
                     return true;
                   });
  if (!note(read)) return {};
  if (!window.entries.empty()) offered(window.entries.back().entry.seq);
  return window;
}

std::vector<PendingEntry> IssuerFeed::unhashed(std::size_t entries_max, bool all) {
  const std::lock_guard lock{mutex_};
  std::vector<PendingEntry> found;
  const auto store = store_->use();
  if (!store) return found;
  file_all(store);
  const std::uint64_t limit = all ? record_.newest : record_.cursor;
  std::uint64_t known = std::max(record_.hashed_through, limit);
  const auto read = store->range(key(Shelf::kEntry, record_.number, record_.hashed_through + 1),
                                 key(Shelf::kEntry, record_.number, limit + 1),
                                 [&](std::string_view at, std::string_view bytes) {
                                   const auto seq = seq_of(at);
                                   const auto ref = EntryCodec::card(bytes);
                                   const auto record = ref ? card(store, *ref) : std::nullopt;
                                   if (!seq || !record || !record->hash_missing()) return true;
                                   if (found.empty()) known = *seq - 1;
                                   auto stored = codec_.read(*seq, bytes);
                                   if (!stored) store_->fail(damaged());
                                   if (!stored) return false;
                                   found.push_back({stored->card, std::move(stored->entry)});
                                   return found.size() < entries_max;
                                 });
  if (!note(read)) return {};
  record_.hashed_through = std::max(record_.hashed_through, known);
  if (all && !found.empty()) offered(found.back().entry.seq);
  return found;
}

bool IssuerFeed::complete() const noexcept {
  return record_.pending == 0 && record_.hashed_through >= record_.cursor;
}

FeedFigures IssuerFeed::figures() {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (store) file_few(store);
  FeedFigures figures{.entries = record_.entries,
                      .pending = record_.pending,
                      .coalesced = record_.coalesced,
                      .set_aside = record_.set_aside,
                      .through = record_.cursor,
                      .newest = record_.newest};
  if (!store) return figures;
  if (record_.pending > 0 && !oldest_) {
    const auto read = store->range(key(Shelf::kEntry, record_.number, record_.cursor + 1),
                                   end_key(Shelf::kEntry, record_.number),
                                   [&](std::string_view at, std::string_view bytes) {
                                     const auto written_at = EntryCodec::written_at(bytes);
                                     if (written_at) {
                                       oldest_ = {seq_of(at).value_or(0), *written_at};
                                     }
                                     return false;
                                   });
    static_cast<void>(note(read));
  }
  if (record_.pending > 0 && oldest_) figures.oldest_pending = oldest_->written_at;
  if (complete()) {
    const crypto::FeedDigest total = digests_.total();
    figures.digest = DeliveredDigest{static_cast<std::uint64_t>(total.count()), total.hex()};
  }
  return figures;
}

/// Few enough are filed in passing, so that the digest is known as soon as all is delivered.
void IssuerFeed::file_few(const SharedStore::Use& store) {
  if (record_.pending == 0 && notes_.size() + filing_.size() <= kFewNotes) file_all(store);
}

std::optional<FeedDigests> IssuerFeed::digests() {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store) return std::nullopt;
  file_few(store);
  if (!complete()) return std::nullopt;
  return FeedDigests{record_.cursor, digests_};
}

IssuerFeed::Cards IssuerFeed::bucket(crypto::Bucket bucket,
                                     std::uint64_t at,
                                     std::size_t entries_max,
                                     const std::optional<CardRef>& after) {
  const std::lock_guard lock{mutex_};
  Cards cards;
  const auto store = store_->use();
  if (!store) return cards;
  file_all(store);
  offered(std::min(at, record_.newest));
  std::vector<CardRef> seen;
  const std::string begin = after ? key(Shelf::kBucket, record_.number, bucket, *after)
                                  : key(Shelf::kBucket, record_.number, bucket);
  const std::string end =
      bucket + 1U == crypto::kBuckets
          ? end_key(Shelf::kBucket, record_.number)
          : key(Shelf::kBucket, record_.number, static_cast<std::uint8_t>(bucket + 1));
  const auto read = store->range(begin, end, [&](std::string_view place, std::string_view) {
    const auto ref = card_of(place);
    if (!ref || ref == after) return true;
    if (seen.size() == entries_max) {
      cards.next = seen.back();
      return false;
    }
    seen.push_back(*ref);
    return true;
  });
  if (!note(read)) return {};
  for (const CardRef& ref : seen) {
    const auto record = card(store, ref);
    if (!record || record->bucket != bucket) continue;
    auto entry = version(store, ref, *record, at);
    if (entry) cards.entries.push_back(std::move(*entry));
  }
  return cards;
}

std::optional<PendingEntry> IssuerFeed::version(const SharedStore::Use& store,
                                                const CardRef& card,
                                                const CardRecord& record,
                                                std::uint64_t at) const {
  Shelf shelf = Shelf::kEntry;
  std::uint64_t seq = record.seq;
  if (record.seq > at || record.set_aside) {
    const PastVersion* const past = record.set_aside ? record.fallback() : record.past_at(at);
    if (past == nullptr || !past->kept) return std::nullopt;
    shelf = Shelf::kPast;
    seq = past->seq;
  } else if (!record.on_list() || record.nameless) {
    return std::nullopt;
  }
  const auto bytes = store->get(key(shelf, record_.number, seq));
  if (!bytes) store_->fail(bytes.error());
  auto stored = bytes && bytes.value() ? codec_.read(seq, *bytes.value()) : std::nullopt;
  if (!stored) return std::nullopt;
  return PendingEntry{card, std::move(stored->entry)};
}

std::vector<IssuerFeed::SetAside> IssuerFeed::set_aside(std::size_t entries_max,
                                                        std::uint64_t after) const {
  const std::lock_guard lock{mutex_};
  std::vector<SetAside> found;
  const auto store = store_->use();
  if (!store) return found;
  const auto read = store->range(key(Shelf::kSetAside, record_.number, after + 1),
                                 end_key(Shelf::kSetAside, record_.number),
                                 [&](std::string_view at, std::string_view code) {
                                   if (found.size() == entries_max) return false;
                                   const auto seq = seq_of(at);
                                   if (seq) found.push_back({.mark = {*seq, std::string{code}}});
                                   return true;
                                 });
  if (!note(read)) return {};
  for (SetAside& item : found) {
    const auto bytes = store->get(key(Shelf::kEntry, record_.number, item.mark.seq));
    auto stored =
        bytes && bytes.value() ? codec_.read(item.mark.seq, *bytes.value()) : std::nullopt;
    if (stored) item.entry = {stored->card, std::move(stored->entry)};
  }
  return found;
}

std::map<std::string, std::uint64_t> IssuerFeed::answers() const {
  const std::lock_guard lock{mutex_};
  return record_.answers;
}

}  // namespace cw::notifier
