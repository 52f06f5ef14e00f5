#include "notifier/issuer_feed.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>

namespace cw::notifier {
namespace {

constexpr std::size_t kMarksSlack = 1024;

}  // namespace

Status IssuerFeed::apply(std::int32_t partition,
                         std::uint64_t seq,
                         Instant at,
                         const WatchChange& change) {
  const std::lock_guard lock{mutex_};
  if (partition_.value_or(partition) != partition) {
    return Error{Errc::kConflict, "entries of " + issuer_.get() + " in two partitions"};
  }
  if (seq <= newest_seq_) {
    return Error{Errc::kConflict, "seq " + std::to_string(seq) + " is not above the one before"};
  }
  partition_ = partition;
  newest_seq_ = seq;

  auto [place, added] = slots_.try_emplace(change.entry.card);
  Slot& slot = place->second;
  const bool was_pending = !added && slot.entry.seq > through_;
  const bool was_current = !added && slot.entry.op != FeedOp::kDelt;
  HeldEntry entry = factory_.make(seq, change);
  if (entry.sealed_pan.empty() && !added) {
    entry.sealed_pan = std::move(slot.entry.sealed_pan);
    entry.file_key = std::move(slot.entry.file_key);
  }
  slot.entry = std::move(entry);
  slot.written_at = at;
  if (!was_pending) ++pending_count_;
  if (change.op != FeedOp::kDelt && !was_current) ++current_count_;
  if (change.op == FeedOp::kDelt && was_current) --current_count_;
  pending_.emplace_back(seq, change.entry.card);
  drop_superseded_marks();
  return Ok{};
}

Status IssuerFeed::begin(std::uint64_t through) {
  const std::lock_guard lock{mutex_};
  CW_ASSERT(through_ == 0);
  if (through > newest_seq_) {
    return Error{Errc::kConflict,
                 "the cursor " + std::to_string(through) + " is beyond the newest entry " +
                     std::to_string(newest_seq_)};
  }
  through_ = through;
  while (!pending_.empty() && pending_.front().first <= through) {
    const Mark mark = pending_.front();
    pending_.pop_front();
    const Slot* const slot = live(mark);
    if (slot == nullptr) continue;
    --pending_count_;
    if (slot->entry.op == FeedOp::kDelt) {
      slots_.erase(mark.second);
    } else {
      unhashed_.push_back(mark);
    }
  }
  return Ok{};
}

IssuerFeed::Window IssuerFeed::next(std::size_t entries_max) const {
  const std::lock_guard lock{mutex_};
  Window window;
  window.more = pending_count_ > entries_max;
  const auto wanted = std::min<std::uint64_t>(entries_max, pending_count_);
  window.entries.reserve(wanted);
  for (auto mark = pending_.begin(); window.entries.size() < wanted; ++mark) {
    CW_ASSERT(mark != pending_.end());
    const Slot* const slot = live(*mark);
    if (slot != nullptr) window.entries.push_back({mark->second, slot->entry});
  }
  return window;
}

void IssuerFeed::advance(std::uint64_t through,
                         std::span<const DeliveredEntry> delivered,
                         std::span<const SetAsideMark> /*codes*/) {
  const std::lock_guard lock{mutex_};
  CW_ASSERT(through >= through_);
  through_ = through;
  for (; !pending_.empty() && pending_.front().first <= through; pending_.pop_front()) {
    if (live(pending_.front()) != nullptr) --pending_count_;
  }
  for (const DeliveredEntry& entry : delivered) note_delivered(entry);
}

void IssuerFeed::note_delivered(const DeliveredEntry& delivered) {
  const auto place = slots_.find(delivered.card);
  CW_ASSERT(place != slots_.end());
  Slot& slot = place->second;
  set_delivered(slot, delivered.hash);
  const bool current = slot.entry.seq == delivered.seq;
  if (current && slot.entry.op == FeedOp::kDelt) slots_.erase(place);
}

std::vector<PendingEntry> IssuerFeed::unhashed(std::size_t entries_max, bool /*all*/) const {
  const std::lock_guard lock{mutex_};
  std::vector<PendingEntry> entries;
  for (const Mark& mark : unhashed_) {
    if (entries.size() == entries_max) break;
    const Slot* const slot = live(mark);
    if (slot != nullptr) entries.push_back({mark.second, slot->entry});
  }
  return entries;
}

void IssuerFeed::add_hashes(std::span<const DeliveredEntry> hashed) {
  const std::lock_guard lock{mutex_};
  for (const DeliveredEntry& entry : hashed) {
    const auto place = slots_.find(entry.card);
    if (place == slots_.end() || place->second.entry.seq != entry.seq) continue;
    set_delivered(place->second, entry.hash);
  }
  const std::uint64_t last = hashed.empty() ? 0 : hashed.back().seq;
  while (!unhashed_.empty() &&
         (unhashed_.front().first <= last || live(unhashed_.front()) == nullptr)) {
    unhashed_.pop_front();
  }
}

FeedFigures IssuerFeed::figures() const {
  const std::lock_guard lock{mutex_};
  FeedFigures figures{.entries = current_count_, .pending = pending_count_, .through = through_};
  const auto oldest = std::find_if(
      pending_.begin(), pending_.end(), [&](const Mark& mark) { return live(mark) != nullptr; });
  if (oldest != pending_.end()) figures.oldest_pending = live(*oldest)->written_at;
  const bool hashed = std::none_of(
      unhashed_.begin(), unhashed_.end(), [&](const Mark& mark) { return live(mark) != nullptr; });
  if (pending_count_ == 0 && hashed) {
    figures.digest = DeliveredDigest{static_cast<std::uint64_t>(digest_.count()), digest_.hex()};
  }
  return figures;
}

const IssuerFeed::Slot* IssuerFeed::live(const Mark& mark) const {
  const auto place = slots_.find(mark.second);
  if (place == slots_.end() || place->second.entry.seq != mark.first) return nullptr;
  return &place->second;
}

void IssuerFeed::set_delivered(Slot& slot, const std::optional<crypto::Sha256Digest>& hash) {
  if (slot.delivered) digest_.remove(*slot.delivered);
  if (hash) digest_.add(*hash);
  slot.delivered = hash;
}

void IssuerFeed::drop_superseded_marks() {
  while (!pending_.empty() && live(pending_.front()) == nullptr) pending_.pop_front();
  if (pending_.size() <= 2 * pending_count_ + kMarksSlack) return;
  std::erase_if(pending_, [&](const Mark& mark) { return live(mark) == nullptr; });
}

}  // namespace cw::notifier
