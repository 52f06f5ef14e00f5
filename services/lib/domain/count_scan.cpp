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

/// Calls use(code) with what gives the code of a row, for every key but the day.
template <class Use>
void with_code(CountKey key, const FactRows::Chunk& chunk, Use use) {
  const auto traits = [&chunk](std::size_t row) { return FactTraits{chunk.traits[row]}; };
  switch (key) {
    case CountKey::kIssuer:
      return use([&chunk](std::size_t row) { return chunk.card_issuer[row]; });
    case CountKey::kOutcome:
      return use(
          [=](std::size_t row) { return static_cast<std::uint32_t>(traits(row).outcome()); });
    case CountKey::kDisposition:
      return use([=](std::size_t row) { return traits(row).disposition_code(); });
    case CountKey::kFraudType:
      return use(
          [=](std::size_t row) { return static_cast<std::uint32_t>(traits(row).fraud_type()); });
    case CountKey::kApproved:
      return use([=](std::size_t row) { return traits(row).approved_code(); });
    case CountKey::kDay:
      break;
  }
}

/// Without branches: whether an element is new is as good as random.
template <class Of>
std::size_t keep(std::span<std::uint16_t> rows, std::uint64_t* words, Of of) {
  std::size_t kept = 0;
  for (const auto row : rows) {
    const std::size_t element = of(row);
    auto& word = words[element / 64];
    const auto held = word;
    rows[kept] = row;
    kept += ~(held >> (element % 64)) & 1U;
    word = held | std::uint64_t{1} << (element % 64);
  }
  return kept;
}

}  // namespace

FactWindow window_of(const CountQuery& query) {
  FactWindow window;
  window.first = query.time_zone.start_of(query.since);
  window.last = query.time_zone.end_of(query.as_of);
  window.takes = 0;
  for (std::uint32_t bits = 0; bits <= FactTraits::kFilterBits; ++bits) {
    const bool taken = takes(query, FactTraits{static_cast<std::uint16_t>(bits)});
    window.takes |= std::uint64_t{taken} << bits;
  }
  return window;
}

ElementIds::ElementIds(CountUnit unit, const FactNames& names)
    : unit_(unit),
      cards_(names.cards.size()),
      size_(unit == CountUnit::kReports ? names.reports.size()
                                        : names.cards.size() + names.members.size()) {}

std::span<std::uint16_t> ElementSet::keep_new(const FactRows::Chunk& chunk,
                                              std::span<std::uint16_t> rows) {
  return rows.first(elements_.with(chunk, [&](auto of) { return keep(rows, words_.data(), of); }));
}

CountGroups::CountGroups(const CountQuery& query, const FactTable& table)
    : keys_(query.by), values_(keys_.size()), steps_(keys_.size()) {
  // The first key is the most significant one.
  for (auto i = keys_.size(); i-- > 0;) {
    auto& values = values_[i];
    values.stride = size_;
    if (keys_[i] == CountKey::kDay) {
      set_days(query, table, values);
    } else {
      set_steps(keys_[i], table.names(), values, steps_[i]);
    }
    size_ *= std::max<std::size_t>(1, values.texts.size());
  }
}

void CountGroups::set_steps(CountKey key,
                            const FactNames& names,
                            CountValues& values,
                            std::vector<std::uint64_t>& steps) {
  const auto texts = texts_of(key, names);
  std::vector<std::uint32_t> codes(texts.size());
  std::iota(codes.begin(), codes.end(), 0U);
  std::sort(codes.begin(), codes.end(), [&](auto a, auto b) { return texts[a] < texts[b]; });
  steps.resize(texts.size());
  for (std::uint32_t rank = 0; rank < codes.size(); ++rank) {
    values.texts.push_back(texts[codes[rank]]);
    steps[codes[rank]] = rank * values.stride;
  }
}

/// Days are cut to those that have rows, so that a window without end costs nothing.
void CountGroups::set_days(const CountQuery& query, const FactTable& table, CountValues& values) {
  if (table.rows().empty()) return;
  day_ends_.clear();
  const auto& zone = query.time_zone;
  const auto last = std::min(query.as_of, zone.day_of(table.rows().last_reported()));
  for (auto day = std::max(query.since, zone.day_of(table.rows().first_reported())); day <= last;
       day = next(day)) {
    values.texts.push_back(format_day(day));
    day_ends_.push_back(zone.end_of(day));
  }
}

std::span<const std::uint64_t> CountGroups::of(const FactRows::Chunk& chunk, ChunkRows rows) {
  std::fill_n(numbers_.begin(), rows.size(), 0);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] == CountKey::kDay) {
      add_day(chunk, rows, values_[i].stride);
      continue;
    }
    const auto* steps = steps_[i].data();
    with_code(keys_[i], chunk, [&](auto code) {
      for (std::size_t at = 0; at < rows.size(); ++at) numbers_[at] += steps[code(rows[at])];
    });
  }
  return {numbers_.data(), rows.size()};
}

/// Rows are in the order of their time, so a chunk has few days, each a run.
void CountGroups::add_day(const FactRows::Chunk& chunk, ChunkRows rows, std::uint64_t stride) {
  if (rows.empty()) return;
  while (day_ends_[day_] < chunk.reported_at[rows.front()]) ++day_;
  auto day = day_;
  for (std::size_t at = 0; at < rows.size();) {
    while (day_ends_[day] < chunk.reported_at[rows[at]]) ++day;
    const auto within = [&](auto row) { return chunk.reported_at[row] <= day_ends_[day]; };
    const auto from = rows.begin() + static_cast<std::ptrdiff_t>(at);
    const auto to =
        within(rows.back()) ? rows.end() : std::partition_point(from, rows.end(), within);
    for (const auto end = at + static_cast<std::size_t>(to - from); at < end; ++at) {
      numbers_[at] += day * stride;
    }
  }
}

}  // namespace cw
