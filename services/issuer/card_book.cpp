#include "issuer/card_book.hpp"

#include "lib/base/assert.hpp"
#include "lib/crypto/random.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace cw::issuer {
namespace {

constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kLastDigits = 4;
constexpr std::size_t kFullLength = 16;
constexpr std::size_t kBinLong = 8;
constexpr std::size_t kBinShort = 6;
constexpr std::uint64_t kLastPosition = std::numeric_limits<std::uint64_t>::max();

Sensitive random_salt() {
  std::string salt(kSaltBytes, '\0');
  crypto::random_bytes({reinterpret_cast<std::uint8_t*>(salt.data()), salt.size()});
  return Sensitive(std::move(salt));
}

}  // namespace

std::string masked(const Pan& pan) {
  const std::string_view digits = pan.reveal();
  const std::size_t bin = digits.size() >= kFullLength ? kBinLong : kBinShort;
  std::string text(digits.substr(0, bin));
  text.append(digits.size() - bin - kLastDigits, '*');
  text += digits.substr(digits.size() - kLastDigits);
  return text;
}

std::size_t CardBook::KeyHash::operator()(const Key& key) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, key.data(), sizeof value);
  return value;
}

CardBook::CardBook() : salt_(random_salt()) {}

CardBook::Place CardBook::place_of(const Pan& pan) const {
  crypto::Sha256 hash;
  hash.update(salt_.reveal());
  hash.update(pan.reveal());
  return {.key = hash.finish(), .position = crypto::card_position(pan)};
}

CardBook::Fit CardBook::fit(const codec::FeedBatchHead& head) const noexcept {
  if (head.epoch < epoch_) return Fit::kOldEpoch;
  if (head.replaces) return fit_replacing(head);
  if (head.epoch > epoch_) return head.after == 0 ? Fit::kNewEpoch : Fit::kGap;
  if (head.after > through_) return Fit::kGap;
  return head.through <= through_ ? Fit::kOld : Fit::kNew;
}

CardBook::Fit CardBook::fit_replacing(const codec::FeedBatchHead& head) const noexcept {
  if (head.snapshot) {
    if (head.replaces->from == 0) return Fit::kReplaces;
    const bool next = head.epoch == epoch_ && snapshot_ && head.replaces->from == snapshot_->next;
    return next ? Fit::kReplaces : Fit::kGap;
  }
  // A state from before a removal that is not known of might bring the card back.
  const bool fits = head.epoch == epoch_ && head.through <= through_ && head.through >= forgotten_;
  return fits ? Fit::kReplaces : Fit::kGap;
}

TakenEntries CardBook::apply(const codec::FeedBatch& batch) {
  const Fit how = fit(batch.head);
  if (how == Fit::kReplaces) return apply_replacing(batch);
  CW_ASSERT(how == Fit::kNew || how == Fit::kNewEpoch);
  if (how == Fit::kNewEpoch) begin_epoch(batch.head.epoch);
  return apply_plain(batch);
}

void CardBook::begin_epoch(std::uint32_t epoch) {
  for (Cards& cards : cards_) cards.clear();
  by_seq_.clear();
  removals_.clear();
  removals_by_seq_.clear();
  digests_ = {};
  snapshot_.reset();
  forgotten_ = 0;
  through_ = 0;
  epoch_ = epoch;
}

TakenEntries CardBook::apply_plain(const codec::FeedBatch& batch) {
  TakenEntries counts;
  for (const codec::FeedEntry& entry : batch.entries) {
    const Place place = place_of(entry.pan);
    // What is not beyond `through_` was taken, or has been superseded by an entry that was or will
    // be: an older state must not come back.
    const bool superseded = passed_over(place, entry.seq, counts);
    if (superseded || entry.seq <= through_) continue;
    if (entry.op == FeedOp::kDelt) {
      erase(place);
      note_removal(place.key, {.seq = entry.seq});
    } else {
      put(place, entry, false);
    }
    ++counts.taken;
  }
  through_ = batch.head.through;
  if (snapshot_ && through_ > snapshot_->through) snapshot_.reset();
  return counts;
}

TakenEntries CardBook::look_at(const codec::FeedBatch& batch) const {
  TakenEntries counts;
  for (const codec::FeedEntry& entry : batch.entries) {
    static_cast<void>(passed_over(place_of(entry.pan), entry.seq, counts));
  }
  return counts;
}

bool CardBook::passed_over(const Place& place, std::uint64_t seq, TakenEntries& counts) const {
  const auto newest = known(place);
  if (!newest || seq > newest->seq) return false;
  if (!newest->replaced) ++(seq == newest->seq ? counts.repeated : counts.older);
  return true;
}

std::optional<CardBook::Known> CardBook::known(const Place& place) const {
  const Cards& cards = cards_.at(place.bucket());
  if (const auto held = cards.find(place.key); held != cards.end()) {
    return Known{.seq = held->second.seq, .replaced = held->second.replaced};
  }
  if (const auto removed = removals_.find(place.key); removed != removals_.end()) {
    return removed->second;
  }
  return std::nullopt;
}

TakenEntries CardBook::apply_replacing(const codec::FeedBatch& batch) {
  const codec::FeedBatchHead& head = batch.head;
  if (head.snapshot && head.replaces->from == 0) begin_snapshot(head);
  // What came after the state that a repair brings stays; a snapshot is the whole truth.
  const std::uint64_t newest =
      head.snapshot ? std::numeric_limits<std::uint64_t>::max() : head.through;
  std::vector<Place> places;
  std::unordered_set<Key, KeyHash> named;
  for (const codec::FeedEntry& entry : batch.entries) {
    places.push_back(place_of(entry.pan));
    named.insert(places.back().key);
  }
  TakenEntries counts{.taken = drop_others(head, named, newest)};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto held = known(places[i]);
    if (held && held->seq > newest) continue;
    if (put(places[i], batch.entries[i], true)) ++counts.taken;
  }
  if (head.snapshot) {
    forgotten_ = head.through;
    end_part(head);
  }
  forgotten_ = std::max(forgotten_, head.through);
  return counts;
}

std::size_t CardBook::drop_others(const codec::FeedBatchHead& head,
                                  const std::unordered_set<Key, KeyHash>& named,
                                  std::uint64_t newest) {
  const codec::PositionRange range = *head.replaces;
  std::vector<Place> others;
  const std::size_t last = crypto::bucket_of(range.through);
  for (std::size_t bucket = crypto::bucket_of(range.from); bucket <= last; ++bucket) {
    for (const auto& [key, card] : cards_.at(bucket)) {
      const bool stays = !range.holds(card.position) || card.seq > newest || named.contains(key);
      if (!stays) others.push_back({.key = key, .position = card.position});
    }
  }
  for (const Place& place : others) {
    erase(place);
    note_removal(place.key, {.seq = head.through, .replaced = true});
  }
  return others.size();
}

void CardBook::begin_snapshot(const codec::FeedBatchHead& head) {
  // Whatever may come instead of the snapshot's other parts continues from what is true of all
  // cards: nothing of a new epoch, the older one of two states of the same.
  if (head.epoch != epoch_) begin_epoch(head.epoch);
  through_ = std::min(through_, head.through);
  snapshot_ = Snapshot{.through = head.through, .next = 0};
}

void CardBook::end_part(const codec::FeedBatchHead& head) {
  CW_ASSERT(snapshot_.has_value());
  snapshot_->through = std::min(snapshot_->through, head.through);
  if (head.replaces->through != kLastPosition) {
    snapshot_->next = head.replaces->through + 1;
    return;
  }
  through_ = snapshot_->through;
  snapshot_.reset();
}

bool CardBook::put(const Place& place, const codec::FeedEntry& entry, bool replaced) {
  CW_ASSERT(entry.expiry && entry.level);
  HeldCard card{.seq = entry.seq,
                .masked_pan = masked(entry.pan),
                .expiry = *entry.expiry,
                .level = *entry.level,
                .watch_from = entry.watch_from,
                .reasons = entry.reasons,
                .hash = crypto::sha256(entry.canonical.reveal()),
                .position = place.position,
                .replaced = replaced};
  Cards& cards = cards_.at(place.bucket());
  if (const auto held = cards.find(place.key); held != cards.end()) {
    if (held->second.seq == card.seq && held->second.hash == card.hash) return false;
    erase(place);
  }
  if (const auto removed = removals_.find(place.key); removed != removals_.end()) {
    removals_by_seq_.erase({removed->second.seq, place.key});
    removals_.erase(removed);
  }
  digests_.add(place.bucket(), card.hash);
  by_seq_.emplace(card.seq, place.bucket(), place.key);
  cards.emplace(place.key, std::move(card));
  return true;
}

void CardBook::erase(const Place& place) {
  Cards& cards = cards_.at(place.bucket());
  const auto found = cards.find(place.key);
  if (found == cards.end()) return;
  digests_.remove(place.bucket(), found->second.hash);
  by_seq_.erase({found->second.seq, place.bucket(), place.key});
  cards.erase(found);
}

void CardBook::note_removal(const Key& key, Known removal) {
  const auto [held, added] = removals_.try_emplace(key, removal);
  if (!added) {
    removals_by_seq_.erase({held->second.seq, key});
    held->second = removal;
  }
  removals_by_seq_.emplace(removal.seq, key);
  if (removals_.size() <= kRemovalsMax) return;
  const auto oldest = removals_by_seq_.begin();
  forgotten_ = std::max(forgotten_, oldest->first);
  removals_.erase(oldest->second);
  removals_by_seq_.erase(oldest);
}

bool CardBook::settled() const noexcept {
  if (snapshot_ || forgotten_ > through_) return false;
  if (!by_seq_.empty() && std::get<0>(*by_seq_.rbegin()) > through_) return false;
  return removals_by_seq_.empty() || removals_by_seq_.rbegin()->first <= through_;
}

std::optional<bool> CardBook::take_out(const codec::FeedEntry& entry) {
  const Place place = place_of(entry.pan);
  const Cards& cards = cards_.at(place.bucket());
  const auto held = cards.find(place.key);
  if (held == cards.end() || held->second.seq != entry.seq) return std::nullopt;
  if (held->second.hash != crypto::sha256(entry.canonical.reveal())) return std::nullopt;
  const bool replaced = held->second.replaced;
  erase(place);
  return replaced;
}

void CardBook::restore(const codec::FeedBatch& piece) {
  const codec::FeedBatchHead& head = piece.head;
  if (epoch_ != head.epoch) begin_epoch(head.epoch);
  for (const codec::FeedEntry& entry : piece.entries) {
    put(place_of(entry.pan), entry, head.replaces.has_value());
  }
  if (head.more) return;
  through_ = head.through;
  forgotten_ = head.through;
}

std::size_t CardBook::forget(std::size_t count) {
  std::size_t forgotten = 0;
  for (; forgotten < count && !by_seq_.empty(); ++forgotten) {
    const auto& [seq, bucket, key] = *by_seq_.begin();
    erase({.key = key, .position = cards_.at(bucket).at(key).position});
  }
  return forgotten;
}

std::vector<HeldCard> CardBook::page(std::uint64_t after, std::size_t limit) const {
  std::vector<HeldCard> cards;
  constexpr crypto::Bucket kLastBucket = crypto::kBuckets - 1;
  Key last;
  last.fill(std::numeric_limits<std::uint8_t>::max());
  auto at = by_seq_.upper_bound({after, kLastBucket, last});
  for (; at != by_seq_.end() && cards.size() < limit; ++at) {
    cards.push_back(cards_.at(std::get<1>(*at)).at(std::get<2>(*at)));
  }
  return cards;
}

}  // namespace cw::issuer
