#include "issuer/card_book.hpp"

#include "lib/base/assert.hpp"
#include "lib/crypto/random.hpp"

#include <cstring>

namespace cw::issuer {
namespace {

constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kLastDigits = 4;
constexpr std::size_t kFullLength = 16;
constexpr std::size_t kBinLong = 8;
constexpr std::size_t kBinShort = 6;

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

CardBook::Key CardBook::key_of(const Pan& pan) const {
  crypto::Sha256 hash;
  hash.update(salt_.reveal());
  hash.update(pan.reveal());
  return hash.finish();
}

CardBook::Fit CardBook::fit(const codec::FeedBatchHead& head) const noexcept {
  if (head.epoch < epoch_) return Fit::kOldEpoch;
  if (head.epoch > epoch_) return head.after == 0 ? Fit::kNewEpoch : Fit::kGap;
  if (head.after > through_) return Fit::kGap;
  return head.through <= through_ ? Fit::kOld : Fit::kNew;
}

std::size_t CardBook::apply(const codec::FeedBatch& batch) {
  const Fit how = fit(batch.head);
  CW_ASSERT(how == Fit::kNew || how == Fit::kNewEpoch);
  if (how == Fit::kNewEpoch) {
    cards_.clear();
    by_seq_.clear();
    digest_ = {};
    epoch_ = batch.head.epoch;
    through_ = 0;
  }
  std::size_t taken = 0;
  for (const codec::FeedEntry& entry : batch.entries) {
    // What is not beyond `through_` was taken, or has been superseded by an entry that was or will
    // be: an older state must not come back.
    if (entry.seq <= through_) continue;
    apply_entry(entry);
    ++taken;
  }
  through_ = batch.head.through;
  return taken;
}

void CardBook::apply_entry(const codec::FeedEntry& entry) {
  const Key key = key_of(entry.pan);
  remove(key);
  if (entry.op == FeedOp::kDelt) return;
  CW_ASSERT(entry.expiry && entry.level);
  HeldCard card{.seq = entry.seq,
                .masked_pan = masked(entry.pan),
                .expiry = *entry.expiry,
                .level = *entry.level,
                .watch_from = entry.watch_from,
                .reasons = entry.reasons,
                .hash = crypto::sha256(entry.canonical.reveal())};
  digest_.add(card.hash);
  by_seq_.emplace(entry.seq, key);
  cards_.emplace(key, std::move(card));
}

void CardBook::remove(const Key& key) {
  const auto found = cards_.find(key);
  if (found == cards_.end()) return;
  digest_.remove(found->second.hash);
  by_seq_.erase(found->second.seq);
  cards_.erase(found);
}

std::vector<HeldCard> CardBook::page(std::uint64_t after, std::size_t limit) const {
  std::vector<HeldCard> cards;
  for (auto at = by_seq_.upper_bound(after); at != by_seq_.end() && cards.size() < limit; ++at) {
    cards.push_back(cards_.at(at->second));
  }
  return cards;
}

}  // namespace cw::issuer
