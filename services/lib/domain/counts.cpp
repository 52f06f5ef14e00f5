#include "lib/domain/counts.hpp"

#include "lib/domain/count_scan.hpp"

#include <algorithm>

namespace cw {
namespace {

/// Up to this many groups a breakdown has a counter for each that there may be.
constexpr std::uint64_t kCountersMax = std::uint64_t{1} << 21U;

/// A member reference is the issuer's free text: keep one element of the set one line of text.
void append_escaped(std::string& line, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F && c != '%') {
      line += c;
    } else {
      line += '%';
      line += kHex[byte >> 4U];
      line += kHex[byte & 15U];
    }
  }
}

/// R19: what `fact` counts as, as one line.
std::string element_line(const FactView& fact, CountUnit unit) {
  if (unit == CountUnit::kReports) {
    std::string line = "report ";
    line.append(fact.issuer).append(" ").append(fact.report);
    return line;
  }
  if (unit == CountUnit::kMembers && !fact.member.empty()) {
    std::string line = "member ";
    line.append(fact.issuer).append(" ");
    append_escaped(line, fact.member);
    return line;
  }
  return "card " + fact.card.hex();
}

/// Calls visit(const Chunk&, rows) with the earliest row of each element of the set (R20).
template <class Visit>
void each_element(const FactTable& table, const CountQuery& query, Visit visit) {
  auto window = window_of(query);
  window.known_since = window.known_to = query.known_at.value_or(kKnownNow);
  ElementSet seen{ElementIds{query.unit, table.names()}};
  table.rows().scan(window, [&](const FactRows::Chunk& chunk, std::span<std::uint16_t> rows) {
    visit(chunk, ChunkRows{seen.keep_new(chunk, rows)});
  });
}

using Cells = std::vector<CountRows::Cell>;

/// Few possible groups: one counter each.
Cells count_each(const FactTable& table, const CountQuery& query, CountGroups& groups) {
  std::vector<std::uint32_t> counts(groups.size());
  each_element(table, query, [&](const FactRows::Chunk& chunk, ChunkRows rows) {
    for (const auto group : groups.of(chunk, rows)) ++counts[group];
  });
  Cells cells;
  cells.reserve(static_cast<std::size_t>(
      std::count_if(counts.begin(), counts.end(), [](auto count) { return count != 0; })));
  for (std::uint64_t group = 0; group < counts.size(); ++group) {
    if (counts[group] != 0) cells.push_back({group, counts[group]});
  }
  return cells;
}

/// Many possible groups: those that occur are sorted.
Cells count_sorted(const FactTable& table, const CountQuery& query, CountGroups& groups) {
  std::vector<std::uint64_t> all;
  each_element(table, query, [&](const FactRows::Chunk& chunk, ChunkRows rows) {
    const auto numbers = groups.of(chunk, rows);
    all.insert(all.end(), numbers.begin(), numbers.end());
  });
  std::sort(all.begin(), all.end());
  Cells cells;
  for (auto first = all.begin(); first != all.end();) {
    const auto last = std::upper_bound(first, all.end(), *first);
    cells.push_back({*first, static_cast<std::uint64_t>(last - first)});
    first = last;
  }
  return cells;
}

}  // namespace

std::vector<CountRow> CountRows::list() const {
  std::vector<CountRow> rows;
  rows.reserve(cells_.size());
  each([&](const auto& key, std::uint64_t count) {
    rows.push_back({{key.begin(), key.end()}, count});
  });
  return rows;
}

CountResult count(const FactBook& facts, const CountQuery& query) {
  CountResult result;
  const auto* table = facts.table(query.incident.get());
  if (table == nullptr) return result;
  if (query.by.empty()) {
    each_element(*table, query, [&](const FactRows::Chunk&, ChunkRows rows) {
      result.figure += rows.size();
    });
    return result;
  }
  CountGroups groups{query, *table};
  auto cells = groups.size() <= kCountersMax ? count_each(*table, query, groups)
                                             : count_sorted(*table, query, groups);
  for (const auto& cell : cells) result.figure += cell.count;
  result.rows = CountRows{groups.values(), std::move(cells)};
  return result;
}

std::vector<std::string> counted_set(const FactBook& facts, const CountQuery& query) {
  std::vector<std::string> lines;
  const auto* table = facts.table(query.incident.get());
  if (table == nullptr) return lines;
  each_element(*table, query, [&](const FactRows::Chunk& chunk, ChunkRows rows) {
    for (const auto row : rows) {
      lines.push_back(element_line(table->fact_at(chunk, row), query.unit));
    }
  });
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace cw
