#include "random_history.hpp"

#include "domain_samples.hpp"

#include <array>
#include <map>
#include <set>
#include <utility>

namespace cw::test {
namespace {

constexpr std::array<std::string_view, 2> kIncidents = {"leak", "other"};
constexpr std::array<std::string_view, 3> kFiles = {"extract-1", "extract-2", "extract-3"};
constexpr std::array<std::string_view, 3> kZones = {"Asia/Tokyo", "UTC", "America/New_York"};
constexpr std::array<std::string_view, 3> kChannels = {"internet", "phone", "agent"};
constexpr std::array<std::string_view, 3> kExpiries = {"2009-12", "2010-03", "2012-12"};
constexpr std::array<std::string_view, 3> kRiskDays = {"2008-02-26", "2008-03-10", "2008-04-01"};
constexpr std::array<std::string_view, 4> kRanges = {"3569", "356999", "35699900", "4"};
constexpr std::array<Iin, 3> kIins = {35699900, 35690000, 51000000};
constexpr std::array<FraudType, 4> kTypes = {
    FraudType::kCnpUse, FraudType::kLost, FraudType::kCounterfeit, FraudType::kSuspected};
constexpr std::array<ReportAction, 7> kActions = {ReportAction::kNewf,
                                                  ReportAction::kNewf,
                                                  ReportAction::kUpdt,
                                                  ReportAction::kClse,
                                                  ReportAction::kClse,
                                                  ReportAction::kReop,
                                                  ReportAction::kDupl};

constexpr std::array<std::string_view, 3> kAnswering = {"jcb-a", "visa-b", "amex-c"};
constexpr std::array<CardStatus, 8> kStatuses = {CardStatus::kReissued,
                                                 CardStatus::kReissued,
                                                 CardStatus::kClosed,
                                                 CardStatus::kMonitored,
                                                 CardStatus::kMonitored,
                                                 CardStatus::kBlocked,
                                                 CardStatus::kUnknownCard,
                                                 CardStatus::kNotOurs};

template <class Array>
auto pick(HistoryGenerator& random, const Array& choices) {
  return choices[random.below(static_cast<std::uint32_t>(choices.size()))];
}

}  // namespace

std::uint32_t HistoryGenerator::below(std::uint32_t end) {
  return static_cast<std::uint32_t>(random_() % end);
}

Instant HistoryGenerator::instant() {
  return at("2009-07-20T00:00:00Z") + std::chrono::hours{7 * below(16)};
}

Incident HistoryGenerator::incident(std::uint32_t id, std::uint32_t version) {
  auto sample = test::incident();
  sample.id = IncidentId{std::string(kIncidents[id])};
  sample.version = version;
  sample.time_zone = pick(*this, kZones);
  sample.state = chance(15) ? IncidentState::kClosed : IncidentState::kOpen;
  sample.files.clear();
  for (const auto name : kFiles) {
    if (chance(15)) continue;
    sample.files.push_back(test::file(name, pick(*this, kRiskDays)));
    if (chance(15)) sample.files.back().withdrawn_at = instant();
  }
  sample.effective_at = instant();
  return sample;
}

Predicate HistoryGenerator::predicate() {
  const auto channel = test::channel_is(pick(*this, kChannels));
  switch (below(4)) {
    case 0:
      return Predicate{Predicate::Not{{channel}}};
    case 1:
      return Predicate{Predicate::Any{{channel, test::channel_is(pick(*this, kChannels))}}};
    case 2:
      return Predicate{Predicate::Equals{"file", std::string(pick(*this, kFiles))}};
    default:
      return channel;
  }
}

ScopeRevision HistoryGenerator::scope(std::uint32_t id, std::uint32_t revision) {
  auto sample = test::scope(revision, predicate(), "2009-07-20T00:00:00Z");
  sample.incident = IncidentId{std::string(kIncidents[id])};
  sample.effective_at = instant();
  if (chance(20)) sample.state = ScopeState::kProposed;
  return sample;
}

ExposureRecord HistoryGenerator::record(std::uint8_t number, std::uint64_t row) {
  auto sample = test::record();
  sample.incident = IncidentId{std::string(pick(*this, kIncidents))};
  sample.file = FileName{std::string(pick(*this, kFiles))};
  sample.record = row;
  sample.card = test::card(number);
  sample.iin = kIins[number % kIins.size()];
  sample.expiry = test::expiry(pick(*this, kExpiries));
  sample.attributes.clear();
  if (chance(85)) sample.attributes = {{"channel", std::string(pick(*this, kChannels))}};
  sample.sealed_pan = "sealed-" + std::to_string(row);
  sample.received_at = instant();
  return sample;
}

ReportRevision HistoryGenerator::report(std::uint8_t number,
                                        std::uint32_t id,
                                        std::uint32_t revision) {
  auto sample = test::report();
  sample.issuer = IssuerId{chance(70) ? "jcb-a" : "visa-b"};
  // A report belongs to one card: its id carries the card's number.
  sample.report = ReportId{"R-" + std::to_string(number) + "-" + std::to_string(id)};
  sample.revision = revision;
  sample.action = revision == 1 && chance(80) ? ReportAction::kNewf : pick(*this, kActions);
  sample.card = test::card(number);
  sample.iin = kIins[number % kIins.size()];
  if (chance(50)) sample.expiry = test::expiry(pick(*this, kExpiries));
  if (chance(50)) {
    sample.attempted_at = at("2008-02-20T00:00:00Z") + std::chrono::hours{24 * below(60)};
  }
  sample.received_at = instant();
  sample.reported_at = instant() - std::chrono::hours{below(50)};
  if (chance(70))
    sample.fraud_type = FraudType::kCnpUse;
  else
    sample.fraud_type = pick(*this, kTypes);
  if (chance(40)) sample.disposition = static_cast<FraudDisposition>(below(3));
  if (chance(40)) sample.approved = chance(50);
  if (chance(60)) sample.member = "M-" + std::to_string(below(4));
  if (chance(30)) sample.incident = IncidentId{std::string(pick(*this, kIncidents))};
  sample.content_hash[0] = static_cast<std::uint8_t>(below(200));
  sample.content_hash[1] = static_cast<std::uint8_t>(below(200));
  sample.content_hash[2] = number;
  return sample;
}

IssuerAnswer HistoryGenerator::answer(std::uint8_t number) {
  IssuerAnswer sample;
  sample.issuer = IssuerId{std::string(pick(*this, kAnswering))};
  sample.card = test::card(number);
  sample.seq = 1 + below(3);
  sample.status = pick(*this, kStatuses);
  if (chance(40)) sample.answered_at = instant();
  sample.received_at = instant();
  return sample;
}

void HistoryGenerator::add_control(History& history) {
  for (std::uint32_t id = 0; id < kIncidents.size(); ++id) {
    const auto versions = below(4);
    for (std::uint32_t version = 1; version <= versions; ++version) {
      history.incidents.push_back(incident(id, version));
    }
    const auto revisions = below(4);
    for (std::uint32_t revision = 1; revision <= revisions; ++revision) {
      history.scopes.push_back(scope(id, revision));
    }
  }
  for (const std::string_view id : {"jcb-a", "visa-b"}) {
    const auto versions = below(3);
    for (std::uint32_t version = 1; version <= versions; ++version) {
      auto sample = test::issuer(id, {std::string(pick(*this, kRanges))});
      sample.version = version;
      if (chance(40)) sample.iin_ranges.emplace_back(pick(*this, kRanges));
      history.issuers.push_back(sample);
    }
  }
}

History HistoryGenerator::make(std::uint8_t cards) {
  History history;
  add_control(history);
  std::uint64_t row = 0;
  for (std::uint8_t card = 1; card <= cards; ++card) {
    const auto records = below(5);
    for (std::uint32_t i = 0; i < records; ++i) history.exposures.push_back(record(card, ++row));
    const auto reports = below(6);
    for (std::uint32_t i = 0; i < reports; ++i) {
      history.reports.push_back(report(card, below(3), 1 + below(3)));
    }
    if (!chance(60)) continue;
    const auto answers = 1 + below(5);
    for (std::uint32_t i = 0; i < answers; ++i) history.answers.push_back(answer(card));
  }
  return history;
}

History HistoryGenerator::make_with_moves(std::uint8_t cards) {
  auto history = make(cards);
  const auto moves = 1 + below(9);
  for (std::uint32_t i = 0; i < moves; ++i) {
    const auto number = static_cast<std::uint8_t>(1 + below(cards));
    auto sample = report(number, 0, 1 + below(4));
    sample.report = ReportId{"S-" + std::to_string(below(2))};
    sample.issuer = test::kJcb;
    history.reports.push_back(sample);
    if (chance(30)) {
      // The same number again for another card: R8 decides on both of them.
      const auto other = static_cast<std::uint8_t>(1 + below(cards));
      history.reports.push_back(report(other, 0, sample.revision));
      history.reports.back().report = sample.report;
      history.reports.back().issuer = sample.issuer;
    }
  }
  add_copies(history);
  return history;
}

void add_copies(History& history) {
  std::map<std::pair<IssuerId, ReportId>, std::set<CardRef>> cards;
  for (const auto& report : history.reports) {
    cards[{report.issuer, report.report}].insert(report.card);
  }
  std::vector<ReportRevision> copies;
  for (const auto& report : history.reports) {
    if (report.filed_under) continue;
    for (const auto& card : cards[{report.issuer, report.report}]) {
      if (card == report.card) continue;
      copies.push_back(report);
      copies.back().filed_under = card;
    }
  }
  history.reports.insert(history.reports.end(), copies.begin(), copies.end());
}

std::vector<ControlRecord> control_of(const History& history) {
  std::vector<ControlRecord> records;
  records.insert(records.end(), history.incidents.begin(), history.incidents.end());
  records.insert(records.end(), history.issuers.begin(), history.issuers.end());
  records.insert(records.end(), history.scopes.begin(), history.scopes.end());
  return records;
}

History known_at(const History& history, Instant at) {
  History known;
  for (const auto& record : history.exposures) {
    if (record.received_at <= at) known.exposures.push_back(record);
  }
  for (const auto& report : history.reports) {
    if (report.received_at <= at) known.reports.push_back(report);
  }
  for (const auto& answer : history.answers) {
    if (answer.received_at <= at) known.answers.push_back(answer);
  }
  for (const auto& incident : history.incidents) {
    if (incident.effective_at <= at) known.incidents.push_back(incident);
  }
  for (const auto& scope : history.scopes) {
    if (scope.effective_at <= at) known.scopes.push_back(scope);
  }
  known.issuers = history.issuers;
  return known;
}

}  // namespace cw::test
