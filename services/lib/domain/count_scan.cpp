#include "lib/domain/count_scan.hpp"

#include <algorithm>
#include <numeric>

namespace cw {
namespace {

constexpr std::string_view kNone = "none";

bool takes(const CountQuery& query, FactTraits traits) {
  if (!traits.active()) return false;
  if (query.attributable == AttributableFilter::kOnly && !traits.attributable()) return false;
  if (query.attributable == AttributableFilter::kExclude && traits.attributable()) return false;
  const auto& outcomes = query.outcomes;
  return outcomes.empty() ||
         std::find(outcomes.begin(), outcomes.end(), traits.outcome()) != outcomes.end();
}

template <class Enum>
std::vector<std::string> texts_up_to(Enum last) {
  std::vector<std::string> texts;
  for (int code = 0; code <= static_cast<int>(last); ++code) {
    texts.emplace_back(text(static_cast<Enum>(code)));
  }
  return texts;
}

std::vector<std::string> issuer_texts(const FactNames& names) {
  std::vector<std::string> texts;
  for (std::uint32_t id = 0; id < names.issuers.size(); ++id) {
    texts.emplace_back(names.issuers.text(id));
  }
  return texts;
}

/// The texts by code, for every key but the day.
std::vector<std::string> texts_of(CountKey key, const FactNames& names) {
  switch (key) {
    case CountKey::kIssuer:
      return issuer_texts(names);
    case CountKey::kOutcome:
      return texts_up_to(Outcome::kNotExposed);
    case CountKey::kDisposition: {
      auto texts = texts_up_to(FraudDisposition::kAfterDebit);
      texts.insert(texts.begin(), std::string(kNone));
      return texts;
    }
    case CountKey::kFraudType:
      return texts_up_to(FraudType::kOther);
    case CountKey::kApproved:
      return {std::string(kNone), "declined", "approved"};
    case CountKey::kDay:
      break;
  }
  return {};
}

Day next(Day day) {
  return std::chrono::sys_days{day} + std::chrono::days{1};
}

}  // namespace

FactWindow window_of(const CountQuery& query) {
  FactWindow window;
  window.first = query.time_zone.start_of(query.since);
  window.last = query.time_zone.end_of(query.as_of);
  window.takes = 0;
  for (std::uint32_t bits = 0; bits <= FactTraits::kFilterBits; ++bits) {
    if (takes(query, FactTraits{static_cast<std::uint16_t>(bits)})) window.takes |= 1U << bits;
  }
  return window;
}

ElementIds::ElementIds(CountUnit unit, const FactNames& names)
    : unit_(unit),
      cards_(names.cards.size()),
      size_(unit == CountUnit::kReports ? names.reports.size()
                                        : names.cards.size() + names.members.size()) {}

CountGroups::CountGroups(const CountQuery& query, const FactTable& table) {
  for (const auto key : query.by) dimensions_.push_back(dimension(key, query, table));
  // The first key is the most significant one.
  for (auto each = dimensions_.rbegin(); each != dimensions_.rend(); ++each) {
    each->stride = size_;
    size_ *= std::max<std::size_t>(1, each->labels.size());
  }
}

CountGroups::Dimension CountGroups::dimension(CountKey key,
                                              const CountQuery& query,
                                              const FactTable& table) {
  Dimension made;
  made.key = key;
  if (key == CountKey::kDay) {
    set_days(made, query, table);
    return made;
  }
  const auto texts = texts_of(key, table.names());
  std::vector<std::uint32_t> codes(texts.size());
  std::iota(codes.begin(), codes.end(), 0U);
  std::sort(codes.begin(), codes.end(), [&](auto a, auto b) { return texts[a] < texts[b]; });
  made.rank.resize(texts.size());
  for (std::uint32_t rank = 0; rank < codes.size(); ++rank) {
    made.labels.push_back(texts[codes[rank]]);
    made.rank[codes[rank]] = rank;
  }
  return made;
}

/// Days are cut to those that have rows, so that a window without end costs nothing.
void CountGroups::set_days(Dimension& days, const CountQuery& query, const FactTable& table) {
  if (table.rows().empty()) return;
  day_ends_.clear();
  const auto& zone = query.time_zone;
  const auto last = std::min(query.as_of, zone.day_of(table.rows().last_reported()));
  for (auto day = std::max(query.since, zone.day_of(table.rows().first_reported())); day <= last;
       day = next(day)) {
    days.rank.push_back(static_cast<std::uint32_t>(day_ends_.size()));
    days.labels.push_back(format_day(day));
    day_ends_.push_back(zone.end_of(day));
  }
}

std::uint32_t CountGroups::day_of(Instant reported_at) {
  while (day_ends_[day_] < reported_at) ++day_;
  return day_;
}

std::uint32_t CountGroups::code(CountKey key, const FactRows::Chunk& chunk, std::size_t row) {
  const FactTraits traits{chunk.traits[row]};
  switch (key) {
    case CountKey::kIssuer:
      return chunk.card_issuer[row];
    case CountKey::kOutcome:
      return static_cast<std::uint32_t>(traits.outcome());
    case CountKey::kDisposition:
      return traits.disposition_code();
    case CountKey::kFraudType:
      return static_cast<std::uint32_t>(traits.fraud_type());
    case CountKey::kDay:
      return day_of(chunk.reported_at[row]);
    case CountKey::kApproved:
      return traits.approved_code();
  }
  return 0;
}

std::uint64_t CountGroups::of(const FactRows::Chunk& chunk, std::size_t row) {
  std::uint64_t group = 0;
  for (const auto& each : dimensions_) {
    group += each.rank[code(each.key, chunk, row)] * each.stride;
  }
  return group;
}

std::vector<std::string> CountGroups::key(std::uint64_t group) const {
  std::vector<std::string> texts;
  texts.reserve(dimensions_.size());
  for (const auto& each : dimensions_) {
    texts.push_back(each.labels[group / each.stride % each.labels.size()]);
  }
  return texts;
}

}  // namespace cw
