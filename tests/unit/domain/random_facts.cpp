#include "random_facts.hpp"

#include "domain_samples.hpp"

#include <algorithm>
#include <string>

namespace cw::test {
namespace {

constexpr std::uint32_t kDays = 40;
constexpr std::chrono::milliseconds kDay = std::chrono::hours{24};

Day first_day() {
  return day("2009-07-01");
}

}  // namespace

Instant FactGenerator::instant() {
  const auto midnight = at("2009-06-30T15:00:00Z") + kDay * static_cast<int>(below(kDays));
  switch (below(4)) {
    case 0:
      return midnight;
    case 1:
      return midnight - std::chrono::milliseconds{1};
    case 2:
      return midnight + std::chrono::hours{below(24)};
    default:
      return midnight + std::chrono::milliseconds{below(86'400'000)};
  }
}

Fact FactGenerator::fact() {
  static const std::vector<std::string> kIssuers{"jcb-a", "a-bank", "visa-b", "bank.z"};
  Fact made;
  made.id.incident = IncidentId{below(8) == 0 ? "other" : "leak"};
  made.id.issuer = IssuerId{kIssuers[below(3)]};
  made.id.report = ReportId{"R-" + std::to_string(below(40))};
  made.id.known_from = instant();
  made.revision = below(5) + 1;
  made.card = card(static_cast<std::uint8_t>(below(12)));
  made.card_issuer = IssuerId{kIssuers[below(4)]};
  made.outcome = static_cast<Outcome>(below(5));
  made.active = below(4) != 0;
  made.attributable = made.active && below(3) != 0;
  made.scope_revision = below(4);
  if (below(3) == 0) made.member = "M " + std::to_string(below(6));
  made.reported_at = instant();
  made.received_at = made.reported_at + std::chrono::hours{below(3)};
  if (below(2) == 0) made.disposition = static_cast<FraudDisposition>(below(3));
  made.fraud_type = static_cast<FraudType>(below(18));
  if (below(2) == 0) made.approved = below(2) == 0;
  made.imported = below(2) == 0;
  return made;
}

CountQuery FactGenerator::query() {
  CountQuery made;
  const bool other = below(8) == 0;
  made.incident = IncidentId{other ? "other" : "leak"};
  made.time_zone = TimeZone::find(other ? "America/New_York" : "Asia/Tokyo").value();
  made.unit = static_cast<CountUnit>(below(3));
  const auto since = static_cast<int>(below(kDays));
  const auto length = static_cast<int>(below(kDays));
  made.since = std::chrono::sys_days{first_day()} + std::chrono::days{since};
  made.as_of = std::chrono::sys_days{made.since} + std::chrono::days{length};
  if (below(2) == 0) made.known_at = instant();
  for (std::uint32_t i = 0; i < below(4); ++i) {
    const auto outcome = static_cast<Outcome>(below(5));
    if (std::count(made.outcomes.begin(), made.outcomes.end(), outcome) == 0) {
      made.outcomes.push_back(outcome);
    }
  }
  made.attributable = static_cast<AttributableFilter>(below(3));
  std::vector<CountKey> keys;
  for (int key = 0; key < 6; ++key) keys.push_back(static_cast<CountKey>(key));
  std::shuffle(keys.begin(), keys.end(), random_);
  made.by.assign(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(below(5)));
  return made;
}

}  // namespace cw::test
