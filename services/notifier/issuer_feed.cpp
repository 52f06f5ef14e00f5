// What changes a feed: entries, the cursor, what was set aside, the issuer's word on a card.
#include "notifier/issuer_feed.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace cw::notifier {
namespace {

// Writes in one batch: a bound on memory, and on how long one feed keeps a lock.
constexpr std::size_t kChunk = 1000;
constexpr std::size_t kAnswersMax = 32;

std::shared_ptr<SharedStore> store_in_memory() {
  auto opened = store::KeyValueStore::open(
      "/feed",
      {.write_buffer_bytes = std::size_t{1} << 20U, .point_reads = true, .in_memory = true});
  CW_ASSERT(opened);
  return std::make_shared<SharedStore>(std::move(opened).value());
}

Error gone() {
  return {Errc::kUnavailable, "the feed's store is closed"};
}

}  // namespace

IssuerFeed::IssuerFeed(IssuerId issuer)
    : IssuerFeed(std::move(issuer), store_in_memory(), -1, {}, {}) {}

IssuerFeed::IssuerFeed(IssuerId issuer,
                       std::shared_ptr<SharedStore> store,
                       std::int32_t partition,
                       IssuerRecord record,
                       const crypto::BucketDigests& digests)
    : issuer_(std::move(issuer)),
      store_(std::move(store)),
      partition_(partition),
      record_(std::move(record)),
      digests_(digests),
      offered_(record_.reached) {}

std::int32_t IssuerFeed::partition() const {
  const std::lock_guard lock{mutex_};
  return partition_;
}

FeedChange IssuerFeed::change(const SharedStore::Use& store) {
  return FeedChange{*store_, *store, {issuer_, record_, digests_}};
}

Status IssuerFeed::apply(std::int32_t partition,
                         std::uint64_t seq,
                         Instant at,
                         const WatchChange& change) {
  {
    const std::lock_guard lock{mutex_};
    if (partition_ >= 0 && partition_ != partition) {
      return Error{Errc::kConflict, "entries of " + issuer_.get() + " in two partitions"};
    }
    if (seq <= record_.newest) {
      return Error{Errc::kConflict, "seq " + std::to_string(seq) + " is not above the one before"};
    }
    partition_ = partition;
  }
  const Written written{seq, at, &change};
  return apply_all(std::span{&written, 1});
}

Status IssuerFeed::apply_all(std::span<const Written> entries) {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store) return store_->failure().value_or(gone());
  auto writes = change(store);
  std::unordered_set<CardRef> touched;
  for (const Written& entry : entries) {
    if (entry.seq <= record_.newest) continue;
    // A batch does not see its own writes.
    if (touched.size() == kChunk || touched.contains(entry.change->entry.card)) {
      if (!writes.commit()) return *store_->failure();
      touched.clear();
    }
    touched.insert(entry.change->entry.card);
    take(store, writes, entry);
  }
  if (touched.empty() || writes.commit()) return Ok{};
  return *store_->failure();
}

void IssuerFeed::take(const SharedStore::Use& store, FeedChange& writes, const Written& entry) {
  const CardRef& card = entry.change->entry.card;
  auto before = writes.card(card);
  if (before && noted(before->seq) && writes.commit()) {
    file_all(store);
    before = writes.card(card);
  }
  CardRecord after{.seq = entry.seq, .op = entry.change->op};
  std::string content;
  if (before) {
    const bool bare = entry.change->entry.sealed_pan.empty();
    const bool seen = before->seq <= std::max(record_.cursor, offered_) && before->on_list();
    const auto old = bare || seen ? writes.content(Shelf::kEntry, before->seq) : std::nullopt;
    supersede(writes, card, *before, old, after);
    const auto known = bare && old ? codec_.read(before->seq, *old) : std::nullopt;
    if (known) {
      WatchChange named = *entry.change;
      named.entry.sealed_pan = known->entry.sealed_pan;
      named.entry.file_key = known->entry.file_key ? *known->entry.file_key : std::string{};
      content = EntryCodec::write(named, entry.at);
    }
  } else {
    ++record_.pending;
  }
  if (content.empty()) content = EntryCodec::write(*entry.change, entry.at);
  writes.put(Shelf::kEntry, entry.seq, content);
  writes.save(card, before, after);
  record_.newest = entry.seq;
}

void IssuerFeed::supersede(FeedChange& writes,
                           const CardRef& card,
                           const CardRecord& before,
                           const std::optional<std::string>& content,
                           CardRecord& after) {
  const bool delivered = before.seq <= record_.cursor;
  const bool seen = delivered || before.seq <= offered_;
  if (delivered) ++record_.pending;
  if (!seen) ++record_.coalesced;
  if (before.set_aside) writes.unmark(before.seq);
  after.bucket = before.bucket;
  after.past = before.past;
  if (after.on_list()) {
    after.answer = before.answer;
    after.answered_at = before.answered_at;
  }
  if (seen && !before.set_aside && !before.nameless) {
    // What the issuer has stays of interest only while the newer one may not have arrived.
    while (!after.past.empty() && (delivered || after.past.size() == CardRecord::kPastMax)) {
      const PastVersion* const held = delivered ? nullptr : after.fallback();
      const auto least = held == &after.past.front() ? after.past.begin() + 1 : after.past.begin();
      writes.strip(card, *least);
      after.past.erase(least);
    }
    const bool keep = before.on_list() && content;
    writes.put(Shelf::kPast, before.seq, keep ? *content : EntryCodec::strip(card));
    const bool confirmed = delivered || (before.seq <= record_.reached && !before.doubtful);
    after.past.push_back({before.seq, !before.on_list(), keep, confirmed, before.hash});
  }
  writes.erase(Shelf::kEntry, before.seq);
  if (oldest_ && oldest_->seq == before.seq) oldest_.reset();
}

Status IssuerFeed::begin(std::uint64_t through) {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store) return store_->failure().value_or(gone());
  if (through > record_.newest) {
    return Error{Errc::kConflict,
                 "the cursor " + std::to_string(through) + " is beyond the newest entry " +
                     std::to_string(record_.newest)};
  }
  if (through < record_.cursor) return put_back(store, through);
  if (through == record_.cursor) return Ok{};
  file_all(store);
  record_.pending -= count(store, record_.cursor, through);
  move_to(through);
  if (change(store).commit()) return Ok{};
  return *store_->failure();
}

void IssuerFeed::move_to(std::uint64_t through) {
  offered_ = std::max({offered_, record_.cursor, through});
  record_.cursor = through;
  record_.reached = std::max(record_.reached, through);
  oldest_.reset();
}

void IssuerFeed::advance(std::uint64_t through,
                         std::span<const DeliveredEntry> delivered,
                         Codes codes) {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store) return;
  CW_ASSERT(through >= record_.cursor);
  std::unordered_map<std::uint64_t, std::string_view> code_of;
  for (const SetAsideMark& mark : codes) code_of.emplace(mark.seq, mark.code);
  std::unordered_set<std::uint64_t> arrived;
  for (const DeliveredEntry& entry : delivered) {
    arrived.insert(entry.seq);
    code_of.erase(entry.seq);
  }
  const auto passed = seqs(store, Shelf::kEntry, record_.cursor, through);
  if (can_wait(delivered, codes, passed)) {
    if (!any_notes()) noted_from_ = record_.cursor;
    noted_through_ = through;
    notes_.insert(notes_.end(), delivered.begin(), delivered.end());
    record_.pending -= passed.size();
    move_to(through);
    static_cast<void>(change(store).commit());
    if (notes_.size() + filing_.size() > kNotesMax) file_some(store, 2 * delivered.size());
    return;
  }
  file_all(store);
  auto writes = change(store);
  for (const auto& [seq, card] : passed) {
    if (arrived.contains(seq)) continue;
    const auto code = code_of.extract(seq);
    give_up(writes, seq, card, code.empty() ? name(Errc::kRemoteRefused) : code.mapped());
  }
  for (const auto& [seq, code] : code_of) {
    const auto card = seq <= through ? card_of_seq(store, seq) : std::nullopt;
    if (card) give_up(writes, seq, *card, code);
  }
  for (const DeliveredEntry& entry : delivered) note_delivered(writes, entry);
  record_.pending -= passed.size();
  if (record_.hashed_through >= record_.cursor) {
    record_.hashed_through = std::max(record_.hashed_through, through);
  }
  move_to(through);
  static_cast<void>(writes.commit());
}

/// Whether the hashes may be filed later: each delivered entry is the newest of its card, and
/// nothing else is to be noted of any.
bool IssuerFeed::can_wait(std::span<const DeliveredEntry> delivered,
                          Codes codes,
                          const std::vector<std::pair<std::uint64_t, CardRef>>& passed) const {
  return codes.empty() && record_.set_aside == 0 &&
         std::equal(delivered.begin(),
                    delivered.end(),
                    passed.begin(),
                    passed.end(),
                    [](const DeliveredEntry& entry, const auto& newest) {
                      return entry.seq == newest.first;
                    });
}

bool IssuerFeed::noted(std::uint64_t seq) const noexcept {
  return any_notes() && seq > noted_from_ && seq <= noted_through_;
}

bool IssuerFeed::has_notes() const {
  const std::lock_guard lock{mutex_};
  return any_notes();
}

bool IssuerFeed::file_notes() {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store) return false;
  file_some(store, kChunk);
  return any_notes();
}

void IssuerFeed::file_all(const SharedStore::Use& store) {
  while (any_notes()) file_some(store, kChunk);
}

// By card, because the store is so ordered: neighbours are found and written for a fraction of what
// the same number of cards takes that lie anywhere.
void IssuerFeed::file_some(const SharedStore::Use& store, std::size_t entries_max) {
  if (filing_.empty()) {
    filing_ = std::exchange(notes_, {});
    std::sort(filing_.begin(), filing_.end(), [](const auto& one, const auto& other) {
      return other.card < one.card;
    });
  }
  if (filing_.empty()) return;
  auto writes = change(store);
  for (; entries_max > 0 && !filing_.empty(); --entries_max) {
    note_delivered(writes, filing_.back());
    filing_.pop_back();
  }
  if (!any_notes() && record_.hashed_through >= noted_from_) {
    record_.hashed_through = std::max(record_.hashed_through, noted_through_);
  }
  // After a failure nothing is of use any more, notes included.
  if (!writes.commit()) {
    notes_.clear();
    filing_.clear();
  }
}

void IssuerFeed::give_up(FeedChange& writes,
                         std::uint64_t seq,
                         const CardRef& card,
                         std::string_view code) {
  const auto before = writes.card(card);
  if (!before || before->seq != seq) return;
  CardRecord after = *before;
  after.set_aside = true;
  if (before->set_aside) writes.unmark(seq);
  writes.mark(seq, code.substr(0, kCodeMax));
  writes.save(card, before, after);
}

void IssuerFeed::note_delivered(FeedChange& writes, const DeliveredEntry& entry) {
  const auto before = writes.card(entry.card);
  if (!before) return;
  CardRecord after = *before;
  if (entry.bucket) after.bucket = entry.bucket;
  if (before->seq != entry.seq) {
    note_version(after, entry);
  } else {
    if (std::exchange(after.set_aside, false)) writes.unmark(entry.seq);
    after.hash = entry.hash;
    after.nameless = false;
    after.doubtful = false;
    for (PastVersion& version : after.past) writes.strip(entry.card, version);
    after.past.clear();
  }
  if (after != *before) writes.save(entry.card, before, after);
}

/// It was superseded while it was on its way.
void IssuerFeed::note_version(CardRecord& record, const DeliveredEntry& entry) const {
  auto place = std::find_if(record.past.begin(),
                            record.past.end(),
                            [&](const PastVersion& version) { return version.seq >= entry.seq; });
  if (place == record.past.end() || place->seq != entry.seq) {
    place = record.past.insert(place, {.seq = entry.seq, .removal = !entry.hash});
  }
  place->confirmed = true;
  place->hash = entry.hash;
  if (record.past.size() > CardRecord::kPastMax) record.past.erase(record.past.begin());
}

Status IssuerFeed::accept(std::uint64_t through, Codes codes) {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store) return store_->failure().value_or(gone());
  if (through < record_.cursor || through > record_.newest) {
    return Error{Errc::kConflict,
                 "the cursor is " + std::to_string(record_.cursor) + ", the newest entry " +
                     std::to_string(record_.newest)};
  }
  file_all(store);
  auto writes = change(store);
  for (const SetAsideMark& mark : codes) {
    const auto card = mark.seq <= through ? card_of_seq(store, mark.seq) : std::nullopt;
    if (card) give_up(writes, mark.seq, *card, mark.code);
  }
  confirm_past(writes, store, through, codes);
  record_.pending -= count(store, record_.cursor, through);
  move_to(through);
  if (writes.commit()) return Ok{};
  return *store_->failure();
}

/// Entries up to `through` that were superseded on their way have arrived.
void IssuerFeed::confirm_past(FeedChange& writes,
                              const SharedStore::Use& store,
                              std::uint64_t through,
                              Codes codes) {
  std::unordered_set<std::uint64_t> refused;
  for (const SetAsideMark& mark : codes) refused.insert(mark.seq);
  for (const auto& [seq, card] : seqs(store, Shelf::kPast, record_.cursor, through)) {
    const auto before = refused.contains(seq) ? std::nullopt : writes.card(card);
    if (!before) continue;
    CardRecord after = *before;
    for (PastVersion& version : after.past) {
      if (version.seq == seq) version.confirmed = true;
    }
    if (after != *before) writes.save(card, before, after);
  }
}

Status IssuerFeed::rewind(std::uint64_t through) {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store) return store_->failure().value_or(gone());
  if (through <= record_.cursor) return put_back(store, through);
  return Error{Errc::kConflict, "the cursor stands before " + std::to_string(through)};
}

Status IssuerFeed::put_back(const SharedStore::Use& store, std::uint64_t through) {
  file_all(store);
  record_.pending += count(store, through, record_.cursor);
  move_to(through);
  auto writes = change(store);
  std::vector<std::uint64_t> marks;
  const bool read = note(store->range(key(Shelf::kSetAside, record_.number, through + 1),
                                      end_key(Shelf::kSetAside, record_.number),
                                      [&](std::string_view at, std::string_view) {
                                        if (const auto seq = seq_of(at)) marks.push_back(*seq);
                                        return true;
                                      }));
  if (!read) return *store_->failure();
  std::size_t cleared = 0;
  for (const std::uint64_t seq : marks) {
    const auto card = card_of_seq(store, seq);
    const auto before = card ? writes.card(*card) : std::nullopt;
    if (!before || before->seq != seq) continue;
    CardRecord after = *before;
    after.set_aside = false;
    after.doubtful = true;
    writes.unmark(seq);
    writes.save(*card, before, after);
    record_.hashed_through = std::min(record_.hashed_through, seq - 1);
    if (++cleared % kChunk == 0 && !writes.commit()) return *store_->failure();
  }
  if (writes.commit()) return Ok{};
  return *store_->failure();
}

std::uint64_t IssuerFeed::retry_set_aside() {
  const auto first = set_aside(1);
  if (first.empty()) return 0;
  const std::uint64_t marks = figures().set_aside;
  if (!rewind(first.front().mark.seq - 1)) return 0;
  return marks;
}

void IssuerFeed::add_hashes(std::span<const DeliveredEntry> hashed) {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store || hashed.empty()) return;
  file_all(store);
  auto writes = change(store);
  for (const DeliveredEntry& entry : hashed) {
    const auto before = writes.card(entry.card);
    if (!before || before->seq != entry.seq) continue;
    CardRecord after = *before;
    if (entry.bucket) after.bucket = entry.bucket;
    after.hash = entry.hash;
    after.nameless = !entry.hash && after.on_list();
    if (after != *before) writes.save(entry.card, before, after);
  }
  record_.hashed_through = std::max(record_.hashed_through, hashed.back().seq);
  static_cast<void>(writes.commit());
}

std::optional<CardRef> IssuerFeed::set_answer(std::uint64_t seq,
                                              std::string_view status,
                                              Instant at) {
  const std::lock_guard lock{mutex_};
  const auto store = store_->use();
  if (!store || seq > std::max(record_.cursor, offered_)) return std::nullopt;
  const auto card = card_of_seq(store, seq);
  if (!card) return std::nullopt;
  auto writes = change(store);
  const auto before = writes.card(*card);
  const bool room =
      record_.answers.size() < kAnswersMax || record_.answers.contains(std::string{status});
  if (!before || !before->on_list() || !room || status.size() > kCodeMax) return card;
  CardRecord after = *before;
  after.answer = status;
  after.answered_at = at.time_since_epoch().count();
  writes.save(*card, before, after);
  static_cast<void>(writes.commit());
  return card;
}

}  // namespace cw::notifier
