#include "intake/correction_book.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <tuple>
#include <utility>

namespace cw::intake {
namespace {

constexpr std::size_t kPlacesPerRound = 10'000;
constexpr std::size_t kBytesPerMoved = 160;
constexpr std::size_t kBytesPerCopy = 40;

__extension__ using Wide = unsigned __int128;

std::uint64_t folded(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// Folds text into a hash, eight bytes at a time; the length goes in as well.
std::uint64_t hashed(std::string_view text, std::uint64_t state) noexcept {
  constexpr std::uint64_t kFirst = 0x9E37'79B9'7F4A'7C15U;
  constexpr std::uint64_t kSecond = 0xD6E8'FEB8'6659'FD93U;
  state = folded(state ^ kFirst, text.size() ^ kSecond);
  while (!text.empty()) {
    std::uint64_t word = 0;
    const auto taken = std::min(text.size(), sizeof(word));
    std::memcpy(&word, text.data(), taken);
    state = folded(state ^ kFirst, word ^ kSecond);
    text.remove_prefix(taken);
  }
  return folded(state ^ kSecond, kFirst);
}

template <std::size_t kSize>
std::string_view bytes_of(const std::array<std::uint8_t, kSize>& bytes) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// References are keyed hashes already: any eight of their bytes tell cards apart.
std::uint64_t short_of(const CardRef& card) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, card.bytes.data(), sizeof(word));
  return word;
}

bool same_report(const ReportRevision& a, const ReportRevision& b) {
  return a.issuer == b.issuer && a.report == b.report;
}

/// Equal statements lie together, the one that stands (rules.md R8) first.
bool goes_before(const ReportRevision& a, const ReportRevision& b) {
  const auto order = [](const ReportRevision& r) {
    return std::tie(r.issuer, r.report, r.revision, r.content_hash, r.received_at, r.imported);
  };
  return order(a) < order(b);
}

}  // namespace

CorrectionBook::CorrectionBook(const Limits& limits, std::uint64_t seed)
    : limits_(limits), seed_(seed), index_(limits.bytes_max) {}

CorrectionBook::Noted CorrectionBook::note(const ReportView& report, const Place& place) {
  const auto hash = hash_of(report.issuer, report.report);
  const auto added = index_.add({hash, short_of(report.card), place});
  if (added == ReportIndex::Added::kRefused) return Noted::kRefused;
  auto known = moved_.find(hash);
  if (added == ReportIndex::Added::kAlone && known == moved_.end()) return Noted::kKnown;
  if (known == moved_.end()) {
    if (!has_room_for_moves()) return Noted::kRefused;
    known = moved_.try_emplace(hash).first;
  }
  make_due(hash, known->second);
  return Noted::kDue;
}

CorrectionBook::Noted CorrectionBook::note_copy(const ReportRevision& copy) {
  const auto hash = hash_of(copy.issuer.get(), copy.report.get());
  const auto known = moved_.find(hash);
  if (known == moved_.end() && !has_room_for_moves()) return Noted::kRefused;
  auto& moved = known == moved_.end() ? moved_[hash] : known->second;
  if (moved.copies.size() > limits_.copies_per_report_max) return Noted::kRefused;
  if (moved.copies.insert(mark_of(copy, copy.home())).second) ++copies_;
  return Noted::kKnown;
}

std::vector<CorrectionBook::Task> CorrectionBook::take_due(std::size_t reports_max) {
  std::vector<Task> tasks;
  std::size_t places = 0;
  while (!due_.empty() && tasks.size() < reports_max && places < kPlacesPerRound) {
    const auto report = due_.front();
    due_.pop_front();
    moved_[report].due = false;
    tasks.push_back({report, index_.places(report)});
    places += tasks.back().places.size();
  }
  return tasks;
}

void CorrectionBook::put_back(const Task& task) {
  make_due(task.report, moved_[task.report]);
}

CorrectionBook::Missing CorrectionBook::missing(std::vector<ReportRevision> records) const {
  std::sort(records.begin(), records.end(), goes_before);
  const auto repeats =
      std::unique(records.begin(), records.end(), [](const auto& a, const auto& b) {
        return same_report(a, b) && a.content_hash == b.content_hash;
      });
  records.erase(repeats, records.end());
  Missing out;
  for (auto first = records.begin(); first != records.end();) {
    const auto end = std::find_if(first, records.end(), [&](const ReportRevision& other) {
      return !same_report(other, *first);
    });
    add_missing({first, end}, out);
    first = end;
  }
  return out;
}

void CorrectionBook::add_missing(std::span<const ReportRevision> report, Missing& out) const {
  std::set<CardRef> cards;
  for (const auto& revision : report) cards.insert(revision.card);
  if (report.size() * (cards.size() - 1) > limits_.copies_per_report_max) {
    out.over_limit = true;
    return;
  }
  const auto known = moved_.find(hash_of(report.front().issuer.get(), report.front().report.get()));
  const auto is_there = [&](const ReportRevision& revision, const CardRef& card) {
    return known != moved_.end() && known->second.copies.contains(mark_of(revision, card));
  };
  for (const auto& revision : report) {
    for (const auto& card : cards) {
      if (card == revision.card || is_there(revision, card)) continue;
      out.copies.push_back(revision);
      out.copies.back().filed_under = card;
    }
  }
}

std::size_t CorrectionBook::bytes() const noexcept {
  return index_.bytes() + moved_.size() * kBytesPerMoved + copies_ * kBytesPerCopy;
}

std::uint64_t CorrectionBook::hash_of(std::string_view issuer, std::string_view report) const {
  return hashed(report, hashed(issuer, seed_));
}

// The mark says which record lies with which card. Two copies of one report that share a mark: one
// in 2^64.
std::uint64_t CorrectionBook::mark_of(const ReportRevision& report, const CardRef& home) const {
  const auto received = static_cast<std::uint64_t>(report.received_at.time_since_epoch().count());
  const auto content = hashed(bytes_of(report.content_hash), seed_ ^ received);
  return hashed(bytes_of(home.bytes), content + (report.imported ? 1 : 0));
}

bool CorrectionBook::has_room_for_moves() const noexcept {
  return bytes() + kBytesPerMoved <= limits_.bytes_max;
}

void CorrectionBook::make_due(std::uint64_t report, Moved& moved) {
  if (std::exchange(moved.due, true)) return;
  due_.push_back(report);
}

}  // namespace cw::intake
