#include "bench/workload.hpp"

#include "support/test_pan.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace cw::bench {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// One thing after the other, so that every report meets the whole leak and the scope.
constexpr Instant kDeclared = std::chrono::sys_days{Day{std::chrono::year{2026} / 1 / 5}};
constexpr Instant kLoaded = kDeclared + hours{1};
constexpr Instant kScoped = kDeclared + hours{12};
constexpr Instant kReported = kDeclared + hours{24};
constexpr Instant kWidened = kReported + hours{24 * 30};

constexpr Day kAtRiskFrom{std::chrono::year{2025} / 11 / 20};
constexpr Day kAtRiskTo{std::chrono::year{2025} / 12 / 20};
constexpr Instant kBeforeLeak = std::chrono::sys_days{kAtRiskFrom} - hours{24 * 10};
constexpr Instant kAfterLeak = std::chrono::sys_days{kAtRiskTo};

constexpr double kWrongExpiry = 0.03;
constexpr double kBeforeTheLeak = 0.02;
constexpr double kNotAttributable = 0.05;
constexpr std::uint64_t kLookBack = 20'000;   // Repeats follow within so many records.
constexpr std::uint64_t kTwiceInFiles = 100;  // Each so many-th card stands in two files.
constexpr std::uint64_t kSealBytes = 12 + 16 + 16;
constexpr const char* kIncident = "leak-2026";
constexpr const char* kMatchKey = "mk-5f2c9a10";

/// What a number is drawn for. Each has draws of its own.
enum Salt : std::uint64_t {
  kCardHigh = 1,
  kCardLow,
  kAttributes,
  kExpiry,
  kIssuer,
  kKind,
  kBase,
  kHit,
  kWhichCard,
  kPresented,
  kWrong,
  kAttempted,
  kEarly,
  kType,
  kCloses,
  kSeal,
};

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

Predicate channel_is(const char* value) {
  return Predicate{Predicate::Equals{"channel", value}};
}

std::vector<ControlRecord> approved(std::uint32_t revision, Predicate predicate, Instant at) {
  ScopeRevision scope;
  scope.incident = IncidentId{kIncident};
  scope.revision = revision;
  scope.predicate = std::move(predicate);
  scope.recorded_at = at - minutes{5};
  scope.by = Principal{"desk-a"};
  auto other = scope;
  other.state = ScopeState::kApproved;
  other.effective_at = at;
  other.by = Principal{"desk-b"};
  return {scope, other};
}

/// Ranges published for tests.
constexpr const char* kRanges[] = {"35699900",
                                   "35699901",
                                   "35699902",
                                   "35699903",
                                   "40000000",
                                   "40000001",
                                   "40000002",
                                   "40000003",
                                   "55555500",
                                   "55555501",
                                   "55555502",
                                   "55555503"};

}  // namespace

std::uint64_t Workload::draw(std::uint64_t index, std::uint64_t salt) const noexcept {
  return mixed(mixed(mixed(options_.seed) + salt) + index);
}

bool Workload::chance(std::uint64_t index, std::uint64_t salt, double share) const noexcept {
  constexpr double kSteps = 4294967296.0;
  return static_cast<double>(draw(index, salt) >> 32U) < share * kSteps;
}

std::string Workload::issuer_id(std::uint64_t issuer) const {
  return numbered("issuer-%02lu", issuer % options_.issuers);
}

std::string Workload::issuer_of(std::uint64_t card) const {
  return issuer_id(draw(card, kIssuer) % std::size(kRanges));
}

std::vector<ControlRecord> Workload::control() const {
  Incident incident;
  incident.id = IncidentId{kIncident};
  incident.name = "A leak for measuring";
  incident.time_zone = "Asia/Tokyo";
  incident.since = Day{std::chrono::year{2026} / 1 / 1};
  for (const auto& [name, value] : attributes(0)) incident.attributes.push_back(name);
  for (std::uint32_t file = 0; file < options_.files; ++file) {
    incident.files.push_back(
        {FileName{numbered("extract-%lu", file + 1)}, "system", kAtRiskFrom, kAtRiskTo, {}});
  }
  incident.effective_at = kDeclared;
  incident.by = Principal{"desk-a"};
  std::vector<ControlRecord> records{incident};
  for (std::uint32_t number = 0; number < options_.issuers; ++number) {
    Issuer issuer;
    issuer.id = IssuerId{issuer_id(number)};
    issuer.name = issuer.id.get() + " (invented)";
    for (std::size_t range = number; range < std::size(kRanges); range += options_.issuers) {
      issuer.iin_ranges.emplace_back(kRanges[range]);
    }
    issuer.effective_at = kDeclared;
    issuer.by = Principal{"desk-a"};
    records.emplace_back(issuer);
  }
  for (auto& record : approved(1, channel_is("internet"), kScoped)) {
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<ControlRecord> Workload::rescope(std::uint32_t revision) const {
  auto predicate = revision % 2 == 0
                       ? Predicate{Predicate::Not{{Predicate{Predicate::Missing{"channel"}}}}}
                       : channel_is("internet");
  return approved(revision, std::move(predicate), kWidened + hours{revision});
}

CardRef Workload::card_ref(std::uint64_t card) const noexcept {
  CardRef ref;
  const std::array<std::uint64_t, 2> words{draw(card, kCardHigh), draw(card, kCardLow)};
  std::memcpy(ref.bytes.data(), words.data(), sizeof words);
  return ref;
}

Iin Workload::iin(std::uint64_t card) const noexcept {
  return static_cast<Iin>(std::stoul(kRanges[draw(card, kIssuer) % std::size(kRanges)]));
}

Expiry Workload::expiry(std::uint64_t card) const noexcept {
  const auto drawn = draw(card, kExpiry);
  return {static_cast<std::uint16_t>(2026 + drawn % 5),
          static_cast<std::uint8_t>(1 + (drawn >> 8U) % 12)};
}

/// A quarter of the cards.
bool Workload::selected(std::uint64_t card) const noexcept {
  return draw(card, kAttributes) % 4 == 0;
}

Attributes Workload::attributes(std::uint64_t card) const {
  const auto bits = draw(card, kAttributes);
  const auto pick = [bits](unsigned shift, unsigned choices) { return (bits >> shift) % choices; };
  constexpr std::array kChannels{"internet", "phone", "agency", "branch"};
  constexpr std::array kProducts{"life", "medical", "cancer", "group-life", "savings"};
  constexpr std::array kRegions{"hokkaido", "tohoku", "kanto", "chubu", "kinki", "kyushu"};
  return {{"agent", numbered("A%05lu", pick(8, 2000))},
          {"apply_month", numbered("20%02lu-", pick(12, 9)) + numbered("%02lu", 1 + pick(16, 12))},
          {"branch", numbered("%03lu", pick(20, 300))},
          {"campaign", pick(24, 3) == 0 ? "spring" : "none"},
          {"channel", kChannels[bits % 4]},
          {"payment", pick(26, 2) == 0 ? "card_monthly" : "card_yearly"},
          {"plan", numbered("P%lu", pick(28, 40))},
          {"policy_last_digit", numbered("%lu", pick(32, 10))},
          {"product", kProducts[pick(36, 5)]},
          {"region", kRegions[pick(40, 6)]},
          {"renewals", numbered("%lu", pick(44, 12))},
          {"status", pick(48, 9) == 0 ? "cancelled" : "active"}};
}

std::uint64_t Workload::exposures() const noexcept {
  return options_.cards + options_.cards / kTwiceInFiles;
}

ExposureRecord Workload::exposure(std::uint64_t index) const {
  const bool again = index >= options_.cards;
  const auto card = again ? (index - options_.cards) * kTwiceInFiles : index;
  ExposureRecord record;
  record.incident = IncidentId{kIncident};
  const auto file = (card + (again ? 1 : 0)) % options_.files;
  record.file = FileName{numbered("extract-%lu", file + 1)};
  record.record = index + 1;
  record.card = card_ref(card);
  record.iin = iin(card);
  record.expiry = expiry(card);
  record.attributes = attributes(card);
  // Random bytes stand for a seal: nobody opens them here.
  while (record.sealed_pan.size() < kSealBytes) {
    record.sealed_pan.push_back(
        static_cast<char>(draw(index * kSealBytes + record.sealed_pan.size(), kSeal)));
  }
  record.file_key = numbered("fk-%016lx", mixed(file));
  record.match_key = kMatchKey;
  record.received_at = kLoaded + milliseconds{index / 100};
  return record;
}

Workload::Kind Workload::kind_of(std::uint64_t index) const noexcept {
  if (index == 0) return Kind::kFirst;
  if (chance(index, kKind, options_.duplicate_share)) return Kind::kRepeat;
  const auto either = options_.duplicate_share + options_.revision_share;
  return chance(index, kKind, either) ? Kind::kRevision : Kind::kFirst;
}

Workload::Plan Workload::plan(std::uint64_t index) const noexcept {
  Plan plan;
  plan.base = index;
  plan.kind = kind_of(index);
  if (plan.kind != Kind::kFirst) {
    // A report not long ago; one that is itself no first record makes this one a first.
    plan.base = index - 1 - draw(index, kBase) % std::min(index, kLookBack);
    if (kind_of(plan.base) != Kind::kFirst) {
      plan.base = index;
      plan.kind = Kind::kFirst;
    }
  }
  const auto base = plan.base;
  plan.exposed = options_.cards > 0 && chance(base, kHit, options_.hit_share);
  // Cards that are not exposed come from a range as large again.
  const auto cards = std::max<std::uint64_t>(options_.cards, 1);
  plan.card = draw(base, kWhichCard) % cards + (plan.exposed ? 0 : options_.cards);
  plan.wrong_expiry = chance(base, kWrong, kWrongExpiry);
  plan.before_leak = chance(base, kEarly, kBeforeTheLeak);
  plan.attributable = !chance(base, kType, kNotAttributable);
  plan.closes = draw(base, kCloses) % 2 == 0;
  return plan;
}

ReportRevision Workload::report(std::uint64_t index) const {
  const auto about = plan(index);
  const auto base = about.base;
  ReportRevision report;
  report.card = card_ref(about.card);
  report.iin = iin(about.card);
  report.issuer = IssuerId{issuer_of(about.card)};
  report.report = ReportId{numbered("R-2026-%08lu", base)};
  const auto accepted = kReported + milliseconds{base};
  report.reported_at = accepted - seconds{60 + base % 7200};
  report.received_at = kReported + milliseconds{index};
  if (about.wrong_expiry || draw(base, kPresented) % 2 == 0) report.expiry = expiry(about.card);
  if (about.wrong_expiry) report.expiry->year = 2033;
  if (about.before_leak) {
    report.attempted_at = kBeforeLeak;
  } else if (draw(base, kAttempted) % 4 == 0) {
    report.attempted_at = kAfterLeak + seconds{base % 1'000'000};
  }
  report.fraud_type = about.attributable ? FraudType::kCnpUse : FraudType::kLost;
  report.match_key = kMatchKey;
  if (about.kind == Kind::kRevision) {
    report.revision = 2;
    report.action = about.closes ? ReportAction::kClse : ReportAction::kUpdt;
    report.amount = "1.00";
    // A function of the report alone, so that this revision sent twice is one revision.
    report.received_at = accepted + hours{24};
    report.reported_at = accepted + hours{23};
  }
  return report;
}

Outcome Workload::outcome(const Plan& plan, bool wide) const noexcept {
  if (!plan.exposed) return Outcome::kNotExposed;
  if (plan.before_leak) return Outcome::kPredatesExposure;
  if (plan.wrong_expiry) return Outcome::kExpiryMismatch;
  return wide || selected(plan.card) ? Outcome::kIdentified : Outcome::kInFile;
}

Expectation Workload::expected(bool wide) const {
  std::vector<bool> revised(options_.reports);
  for (std::uint64_t i = 0; i < options_.reports; ++i) {
    if (const auto about = plan(i); about.kind == Kind::kRevision) revised[about.base] = true;
  }
  Expectation out;
  std::vector<bool> ever(options_.cards);
  std::vector<bool> reported(options_.cards);
  for (std::uint64_t i = 0; i < options_.reports; ++i) {
    const auto about = plan(i);
    if (about.kind != Kind::kFirst) continue;
    const auto as = static_cast<std::size_t>(outcome(about, wide));
    const bool counts = about.attributable && as <= static_cast<std::size_t>(Outcome::kInFile);
    const bool closed = revised[i] && about.closes;
    ++out.active[as];
    if (revised[i]) ++(closed ? out.inactive : out.active)[as];
    if (!closed) ++out.standing[as];
    if (counts) ever[about.card] = true;
    if (counts && !closed) reported[about.card] = true;
  }
  for (std::uint64_t card = 0; card < options_.cards; ++card) {
    const auto level = reported[card]           ? WatchLevel::kFraudReported
                       : wide || selected(card) ? WatchLevel::kIdentified
                                                : WatchLevel::kInFile;
    ++out.watched[static_cast<std::size_t>(level)];
    if (reported[card]) ++out.reported_cards;
    if (ever[card]) ++out.ever_reported_cards;
  }
  return out;
}

std::string Workload::csv_header() const {
  std::string line = "pan,expiry";
  for (const auto& [name, value] : attributes(0)) line += "," + name;
  return line + "\n";
}

std::string Workload::pan(std::uint64_t card) const {
  return test::test_pan(card, kRanges[draw(card, kIssuer) % std::size(kRanges)]);
}

std::string Workload::csv_row(std::uint64_t card) const {
  auto line = pan(card) + "," + expiry(card).text();
  for (const auto& [name, value] : attributes(card)) line += "," + value;
  return line + "\n";
}

}  // namespace cw::bench
