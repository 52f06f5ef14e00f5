#include "lib/domain/counts.hpp"

#include "lib/domain/count_scan.hpp"

#include <algorithm>

namespace cw {
namespace {

/// Up to this many groups a breakdown is counted in an array of all of them.
constexpr std::uint64_t kCellsMax = std::uint64_t{1} << 21U;

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

/// Calls visit(const Chunk&, row) once for each element of the set, with its earliest row (R20).
template <class Visit>
void each_element(const FactTable& table, const CountQuery& query, Visit visit) {
  auto window = window_of(query);
  window.known_since = window.known_to = query.known_at.value_or(kKnownNow);
  const ElementIds elements{query.unit, table.names()};
  ElementSet seen{elements.size()};
  table.rows().scan(window, [&](const FactRows::Chunk& chunk, std::size_t row) {
    if (seen.add(elements.of(chunk, row))) visit(chunk, row);
  });
}

/// Few possible groups: one cell each.
void count_in_cells(const FactTable& table,
                    const CountQuery& query,
                    CountGroups& groups,
                    CountResult& result) {
  std::vector<std::uint32_t> cells(groups.size());
  each_element(table, query, [&](const FactRows::Chunk& chunk, std::size_t row) {
    ++cells[groups.of(chunk, row)];
  });
  result.rows.reserve(static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(), [](auto cell) { return cell != 0; })));
  for (std::uint64_t group = 0; group < cells.size(); ++group) {
    if (cells[group] != 0) result.rows.push_back({groups.key(group), cells[group]});
  }
}

/// Many possible groups: those that occur are sorted.
void count_sorted(const FactTable& table,
                  const CountQuery& query,
                  CountGroups& groups,
                  CountResult& result) {
  std::vector<std::uint64_t> all;
  each_element(table, query, [&](const FactRows::Chunk& chunk, std::size_t row) {
    all.push_back(groups.of(chunk, row));
  });
  std::sort(all.begin(), all.end());
  for (auto first = all.begin(); first != all.end();) {
    const auto last = std::upper_bound(first, all.end(), *first);
    result.rows.push_back({groups.key(*first), static_cast<std::uint64_t>(last - first)});
    first = last;
  }
}

}  // namespace

CountResult count(const FactBook& facts, const CountQuery& query) {
  CountResult result;
  const auto* table = facts.table(query.incident.get());
  if (table == nullptr) return result;
  if (query.by.empty()) {
    each_element(*table, query, [&](const FactRows::Chunk&, std::size_t) { ++result.figure; });
    return result;
  }
  CountGroups groups{query, *table};
  if (groups.size() <= kCellsMax) {
    count_in_cells(*table, query, groups, result);
  } else {
    count_sorted(*table, query, groups, result);
  }
  for (const auto& row : result.rows) result.figure += row.count;
  return result;
}

std::vector<std::string> counted_set(const FactBook& facts, const CountQuery& query) {
  std::vector<std::string> lines;
  const auto* table = facts.table(query.incident.get());
  if (table == nullptr) return lines;
  each_element(*table, query, [&](const FactRows::Chunk& chunk, std::size_t row) {
    lines.push_back(element_line(table->fact_at(chunk, row), query.unit));
  });
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace cw
