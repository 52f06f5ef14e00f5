#include "unit/codec/random_records.hpp"

#include <array>
#include <limits>

namespace cw::codec::test {
namespace {

constexpr std::array<std::string_view, 8> kPlainPieces{
    "M-1", "a", " ", "0123456789abcdefghij", "会員", "é", "😀", "/"};
constexpr std::array<std::string_view, 8> kEscapedPieces{
    "\"", "\\", "\n", "\x1f", "\x1b", "\t", "\x7f", "\b"};

}  // namespace

std::string RandomRecords::id() {
  constexpr std::string_view kCharacters = "abcxyzABCXYZ0189._-";
  std::string result;
  const std::size_t size = 1 + below(coin() ? 12 : 64);
  while (result.size() < size) result += kCharacters[below(kCharacters.size())];
  return result;
}

std::string RandomRecords::text(TextKind kind, std::size_t pieces_max) {
  std::string result;
  const std::size_t pieces = 1 + below(pieces_max);
  for (std::size_t i = 0; i < pieces; ++i) {
    const bool escaped = kind == TextKind::kAny && below(8) == 0;
    result += escaped ? kEscapedPieces[below(kEscapedPieces.size())]
                      : kPlainPieces[below(kPlainPieces.size())];
  }
  return result;
}

CardRef RandomRecords::card() {
  CardRef result;
  for (auto& byte : result.bytes) byte = static_cast<std::uint8_t>(random_());
  return result;
}

Instant RandomRecords::instant() {
  const Instant first{std::chrono::sys_days{std::chrono::year{1990} / 1 / 2}};
  constexpr std::int64_t kYears = 60;
  return first + std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{
                     0, kYears * 365 * 86'400'000}(random_)};
}

Day RandomRecords::day() {
  return Day{std::chrono::floor<std::chrono::days>(instant())};
}

Expiry RandomRecords::expiry() {
  return {static_cast<std::uint16_t>(1990 + below(110)), static_cast<std::uint8_t>(1 + below(12))};
}

std::string RandomRecords::bytes(std::size_t size) {
  std::string result;
  while (result.size() < size) result += static_cast<char>(random_());
  return result;
}

ReportRevision RandomRecords::report(TextKind kind) {
  ReportRevision report;
  report.issuer = IssuerId{id()};
  report.report = ReportId{id()};
  report.revision = coin() ? 1 : 1 + static_cast<std::uint32_t>(below(2'147'483'647));
  report.action = static_cast<ReportAction>(below(5));
  report.card = card();
  if (below(8) == 0) report.filed_under = card();
  report.iin = static_cast<Iin>(below(100'000'000));
  if (coin()) report.expiry = expiry();
  report.received_at = instant();
  report.reported_at = report.received_at - std::chrono::milliseconds{below(86'400'000)};
  if (coin()) report.attempted_at = report.received_at + std::chrono::seconds{below(86'400)};
  if (coin()) report.amount = std::array{"0", "1200.00", "123456789012345.1234"}[below(3)];
  if (coin()) report.currency = coin() ? "JPY" : "392";
  if (coin()) report.mcc = "5732";
  if (coin()) report.country = std::array{"JP", "JPN", "392"}[below(3)];
  if (coin()) report.channel = text(kind, 3);
  if (coin()) report.approved = coin();
  report.fraud_type = static_cast<FraudType>(below(18));
  if (coin()) report.disposition = static_cast<FraudDisposition>(below(3));
  if (coin()) report.member = text(kind, 20);
  if (coin()) report.incident = IncidentId{id()};
  report.match_key = id();
  report.imported = coin();
  return report;
}

ExposureRecord RandomRecords::exposure(TextKind kind) {
  ExposureRecord record;
  record.incident = IncidentId{id()};
  record.file = FileName{id()};
  record.record = coin() ? 1 + below(1000) : std::numeric_limits<std::int64_t>::max();
  record.card = card();
  record.iin = static_cast<Iin>(below(100'000'000));
  record.expiry = expiry();
  const std::size_t attributes = below(6);
  for (std::size_t i = 0; i < attributes; ++i) {
    record.attributes.emplace_back("a" + std::to_string(i), coin() ? "" : text(kind, 4));
  }
  if (coin()) record.member = text(kind, 20);
  record.sealed_pan = bytes(1 + below(128));
  record.file_key = id();
  record.match_key = id();
  record.received_at = instant();
  record.imported = coin();
  return record;
}

Fact RandomRecords::fact(TextKind kind) {
  Fact fact;
  if (coin()) fact.id.incident = IncidentId{id()};
  fact.id.issuer = IssuerId{id()};
  fact.id.report = ReportId{id()};
  fact.id.known_from = instant();
  fact.revision = 1 + static_cast<std::uint32_t>(below(coin() ? 9 : 2'147'483'647));
  fact.card = card();
  fact.card_issuer = IssuerId{id()};
  fact.outcome = static_cast<Outcome>(below(5));
  fact.active = coin();
  fact.attributable = coin();
  fact.scope_revision = static_cast<std::uint32_t>(below(coin() ? 12 : 2'147'483'648));
  if (coin()) fact.member = text(kind, 20);
  fact.reported_at = instant();
  fact.received_at = instant();
  if (coin()) fact.disposition = static_cast<FraudDisposition>(below(3));
  fact.fraud_type = static_cast<FraudType>(below(18));
  if (coin()) fact.approved = coin();
  fact.imported = coin();
  return fact;
}

WatchChange RandomRecords::watch_change() {
  WatchChange change;
  change.op = static_cast<FeedOp>(below(3));
  WatchEntry& entry = change.entry;
  entry.issuer = IssuerId{id()};
  entry.card = card();
  const bool removed = change.op == FeedOp::kDelt;
  if (!removed || coin()) {
    entry.expiry = expiry();
    entry.sealed_pan = bytes(1 + below(128));
    entry.file_key = id();
  }
  entry.watch_from = Day{};
  if (removed) return change;
  entry.level = static_cast<WatchLevel>(below(3));
  entry.watch_from = day();
  const std::size_t reasons = 1 + below(3);
  for (std::size_t i = 0; i < reasons; ++i) {
    const auto scope = static_cast<std::uint32_t>(below(coin() ? 12 : 2'147'483'648));
    entry.reasons.push_back({IncidentId{id()},
                             FileName{id()},
                             static_cast<WatchLevel>(below(3)),
                             scope,
                             day(),
                             day(),
                             day()});
  }
  return change;
}

}  // namespace cw::codec::test
