#include "bench/feed_workload.hpp"

#include "support/test_pan.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace cw::bench {
namespace {

constexpr const char* kIncident = "leak-2026";
constexpr Day kAtRiskFrom{std::chrono::year{2025} / 11 / 20};
constexpr Day kAtRiskTo{std::chrono::year{2025} / 12 / 20};
constexpr Day kReceived{std::chrono::year{2026} / 1 / 5};
constexpr std::uint64_t kTwiceInFiles = 100;  // Each so many-th card stands in two files.
constexpr std::uint64_t kRemoved = 8;         // Each so many-th card is removed now and then.

/// Ranges published for tests.
constexpr std::array kRanges{"35699900", "40000000", "55555500", "35699901", "40000001"};

enum Salt : std::uint64_t { kCardHigh = 1, kCardLow, kIssuer, kExpiry, kKey, kSpread };

std::uint64_t mixed(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}

std::string numbered(const char* format, std::uint64_t number) {
  std::array<char, 48> text{};
  const int length = std::snprintf(text.data(), text.size(), format, number);
  return {text.data(), static_cast<std::size_t>(length)};
}

WatchReason reason(std::uint64_t file, WatchLevel level) {
  return {.incident = IncidentId{kIncident},
          .file = FileName{numbered("extract-%lu", file + 1)},
          .level = level,
          .scope_revision = level == WatchLevel::kInFile ? 0U : 1U,
          .since = kReceived,
          .at_risk_from = kAtRiskFrom,
          .at_risk_to = kAtRiskTo};
}

}  // namespace

std::uint64_t FeedWorkload::draw(std::uint64_t index, std::uint64_t salt) const noexcept {
  return mixed(mixed(mixed(options_.seed) + salt) + index);
}

std::uint64_t FeedWorkload::card_of(std::uint64_t record) const noexcept {
  if (options_.spread == 0) return record % options_.cards;
  return draw(record, kSpread) % options_.cards;
}

std::string FeedWorkload::issuer_id(std::uint32_t issuer) {
  return numbered("issuer-%02lu", issuer);
}

std::uint32_t FeedWorkload::issuer_of(std::uint64_t record) const noexcept {
  const auto drawn = draw(card_of(record), kIssuer);
  constexpr double kSteps = 4294967296.0;
  if (options_.big_share <= 0) return static_cast<std::uint32_t>(drawn % options_.issuers);
  if (static_cast<double>(drawn >> 32U) < options_.big_share * kSteps) return 0;
  return static_cast<std::uint32_t>(1 + (drawn & 0xffffffffU) % (options_.issuers - 1));
}

std::string FeedWorkload::pan(std::uint64_t record) const {
  return test::test_pan(card_of(record), kRanges.at(issuer_of(record) % kRanges.size()));
}

std::uint32_t FeedWorkload::file_of(std::uint64_t record) const noexcept {
  return static_cast<std::uint32_t>(card_of(record) % kFiles);
}

std::string FeedWorkload::data_key(std::uint32_t file) const {
  std::array<std::uint64_t, 4> words{};
  for (std::size_t at = 0; at < words.size(); ++at) {
    words.at(at) = draw(file * words.size() + at, kKey);
  }
  std::string bytes(sizeof words, '\0');
  std::memcpy(bytes.data(), words.data(), sizeof words);
  return bytes;
}

std::string FeedWorkload::key_id(std::uint32_t file) const {
  return numbered("fk-%016lx", draw(file, kKey));
}

WatchChange FeedWorkload::change(std::uint64_t record) const {
  const auto card = card_of(record);
  const auto version = record / options_.cards;
  WatchChange change;
  WatchEntry& entry = change.entry;
  entry.issuer = IssuerId{issuer_id(issuer_of(record))};
  const std::array<std::uint64_t, 2> words{draw(card, kCardHigh), draw(card, kCardLow)};
  std::memcpy(entry.card.bytes.data(), words.data(), sizeof words);
  const auto drawn = draw(card, kExpiry);
  entry.expiry = {static_cast<std::uint16_t>(2026 + drawn % 5),
                  static_cast<std::uint8_t>(1 + (drawn >> 8U) % 12)};
  entry.file_key = key_id(file_of(record));
  change.op = version == 0 ? FeedOp::kAddd : FeedOp::kUpdt;
  if (card % kRemoved == 0 && version % 2 == 1) {
    change.op = FeedOp::kDelt;
    return change;
  }
  entry.level = version % 3 == 2 ? WatchLevel::kFraudReported
                : card % 4 == 0  ? WatchLevel::kIdentified
                                 : WatchLevel::kInFile;
  entry.watch_from = kReceived;
  entry.reasons.push_back(reason(file_of(record), entry.level));
  if (card % kTwiceInFiles == 0) entry.reasons.push_back(reason(kFiles, WatchLevel::kInFile));
  return change;
}

FileLoad FeedWorkload::file_load(std::uint32_t file) const {
  FileLoad load;
  load.incident = IncidentId{kIncident};
  load.file = FileName{numbered("extract-%lu", file + 1)};
  load.key = key_id(file);
  load.state = FileLoadState::kOpened;
  load.received_at = std::chrono::sys_days{kReceived};
  load.by = Principal{"desk-a"};
  return load;
}

}  // namespace cw::bench
