#include "matcher/mirror/card_page.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace cw::matcher {
namespace {

constexpr std::size_t kRefBytes = 16;

std::string_view bytes_of(const CardRef& card) {
  return {reinterpret_cast<const char*>(card.bytes.data()), card.bytes.size()};
}

void append_length(std::string& page, std::size_t length) {
  while (length >= 0x80U) {
    page.push_back(static_cast<char>((length & 0x7FU) | 0x80U));
    length >>= 7U;
  }
  page.push_back(static_cast<char>(length));
}

/// Walks one page; `at` is its current record.
struct Cursor {
  std::string_view rest;
  CardRecord at = {};

  /// False at the end and at bytes that are no record; rest is empty only at the end.
  [[nodiscard]] bool next() {
    if (rest.empty()) return false;
    const auto record = take_record(rest);
    if (!record || (!at.ref.empty() && record->ref <= at.ref)) {
      broken = true;
      return false;
    }
    at = *record;
    return true;
  }
  bool broken = false;
};

void append(std::string& joined, const CardRecord& record, bool whole) {
  if (record.blob || !whole) joined += record.bytes;
}

/// The smallest reference; among equals the newest (last).
std::size_t newest_of_smallest(const std::vector<Cursor>& cursors) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < cursors.size(); ++i) {
    if (cursors[i].at.ref <= cursors[best].at.ref) best = i;
  }
  return best;
}

/// Moves every cursor that stands at `ref` and drops those that end. False if one is broken.
bool pass(std::vector<Cursor>& cursors, const std::string& ref) {
  for (auto& cursor : cursors) {
    if (cursor.at.ref == ref && !cursor.next()) {
      if (cursor.broken) return false;
      cursor.at.ref = {};
    }
  }
  std::erase_if(cursors, [](const Cursor& cursor) { return cursor.at.ref.empty(); });
  return true;
}

}  // namespace

std::uint32_t page_of(const CardRef& card) noexcept {
  return (std::uint32_t{card.bytes[0]} << 4U) | (std::uint32_t{card.bytes[1]} >> 4U);
}

void append_card(std::string& page, const CardRef& card, std::string_view blob) {
  page += bytes_of(card);
  append_length(page, blob.size() + 1);
  page += blob;
}

void append_erased(std::string& page, const CardRef& card) {
  page += bytes_of(card);
  append_length(page, 0);
}

std::optional<CardRecord> take_record(std::string_view& page) noexcept {
  std::uint64_t length = 0;
  unsigned shift = 0;
  std::size_t at = kRefBytes;
  for (;; ++at, shift += 7U) {
    if (at >= page.size() || shift > 28U) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(page[at]);
    length |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) break;
  }
  ++at;
  const std::size_t blob = length == 0 ? 0 : length - 1;
  if (blob > page.size() - at) return std::nullopt;
  CardRecord record;
  record.ref = page.substr(0, kRefBytes);
  if (length != 0) record.blob = page.substr(at, blob);
  record.bytes = page.substr(0, at + blob);
  page.remove_prefix(at + blob);
  return record;
}

bool CardPageMerger::join(std::span<const std::string_view> pieces,
                          bool whole,
                          std::string& joined) const {
  std::vector<Cursor> cursors;
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) {
    Cursor cursor{piece};
    bytes += piece.size();
    if (cursor.next()) cursors.push_back(cursor);
    if (cursor.broken) return false;
  }
  joined.reserve(joined.size() + bytes);
  std::string ref;
  while (!cursors.empty()) {
    const CardRecord& record = cursors[newest_of_smallest(cursors)].at;
    append(joined, record, whole);
    ref = record.ref;
    if (!pass(cursors, ref)) return false;
  }
  return true;
}

}  // namespace cw::matcher
