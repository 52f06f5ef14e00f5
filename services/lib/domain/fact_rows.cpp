#include "lib/domain/fact_rows.hpp"

#include "lib/base/assert.hpp"

#include <algorithm>
#include <tuple>

namespace cw {
namespace {

using Chunk = FactRows::Chunk;

/// Calls apply(column...) with the same column of each of the chunks, column by column.
template <class Apply, class... Chunks>
void each_column(Apply apply, Chunks&... chunks) {
  apply(chunks.reported_at...);
  apply(chunks.received_at...);
  apply(chunks.known_from...);
  apply(chunks.known_until...);
  apply(chunks.report...);
  apply(chunks.card...);
  apply(chunks.member...);
  apply(chunks.card_issuer...);
  apply(chunks.revision...);
  apply(chunks.scope_revision...);
  apply(chunks.traits...);
}

void widen(FactRows::Bounds& bounds, Instant known_from, Instant known_until) {
  bounds.known_first = std::min(bounds.known_first, known_from);
  bounds.known_last = std::max(bounds.known_last, known_from);
  if (known_until != Instant::max()) bounds.ended_last = std::max(bounds.ended_last, known_until);
}

FactRows::Bounds bounds_of(const Chunk& chunk) {
  FactRows::Bounds bounds;
  for (std::size_t i = 0; i < chunk.size; ++i) {
    widen(bounds, chunk.known_from[i], chunk.known_until[i]);
  }
  return bounds;
}

void store(Chunk& chunk, std::size_t at, const FactRow& row) {
  each_column([at](auto& column, const auto& value) { column[at] = value; }, chunk, row);
  FactTraits traits{row.traits};
  traits.set_ended(row.known_until != Instant::max());
  chunk.traits[at] = traits.bits();
  widen(chunk.bounds, row.known_from, row.known_until);
}

/// Rows [first, last) of a chunk.
struct Range {
  std::size_t first;
  std::size_t last;
};

Range reported_in(const Chunk& rows, const FactWindow& window) {
  const auto* reported = rows.reported_at.data();
  const auto* begin = reported;
  const auto* end = reported + rows.size;
  // Within the window the column is not looked at: it would have to come from memory.
  if (*begin < window.first) begin = std::lower_bound(begin, end, window.first);
  if (*(end - 1) > window.last) end = std::upper_bound(begin, end, window.last);
  return {static_cast<std::size_t>(begin - reported), static_cast<std::size_t>(end - reported)};
}

std::uint32_t flag(bool set, unsigned place) {
  return set ? 1U << place : 0U;
}

}  // namespace

FactTraits::FactTraits(Outcome outcome, bool active, bool attributable)
    : bits_(static_cast<std::uint16_t>(static_cast<std::uint32_t>(outcome) | flag(attributable, 3) |
                                       flag(active, 4))) {}

void FactTraits::set_disposition(std::optional<FraudDisposition> disposition) {
  const auto code = disposition ? static_cast<std::uint32_t>(*disposition) + 1 : 0;
  bits_ = static_cast<std::uint16_t>(bits_ | (code << 6U));
}

void FactTraits::set_approved(std::optional<bool> approved) {
  const auto code = approved ? (*approved ? 2U : 1U) : 0U;
  bits_ = static_cast<std::uint16_t>(bits_ | (code << 8U));
}

void FactTraits::set_fraud_type(FraudType type) {
  bits_ = static_cast<std::uint16_t>(bits_ | (static_cast<std::uint32_t>(type) << 10U));
}

void FactTraits::set_imported(bool imported) {
  bits_ = static_cast<std::uint16_t>(bits_ | flag(imported, 15));
}

void FactTraits::set_ended(bool ended) noexcept {
  bits_ = static_cast<std::uint16_t>((bits_ & ~kEnded) | (ended ? kEnded : 0));
}

bool FactRows::before(const Chunk& chunk, std::size_t row, const FactRow& other) const {
  if (chunk.reported_at[row] != other.reported_at) {
    return chunk.reported_at[row] < other.reported_at;
  }
  if (chunk.received_at[row] != other.received_at) {
    return chunk.received_at[row] < other.received_at;
  }
  if (chunk.report[row] != other.report) {
    const auto& reports = names_.reports;
    const auto& issuers = names_.issuers;
    const auto mine = chunk.report[row];
    return std::tuple(issuers.text(reports.scope(mine)), reports.text(mine)) <
           std::tuple(issuers.text(reports.scope(other.report)), reports.text(other.report));
  }
  if (chunk.card[row] != other.card) {
    return names_.cards.text(chunk.card[row]) < names_.cards.text(other.card);
  }
  return chunk.known_from[row] < other.known_from;
}

FactRows::Place FactRows::lower_bound(const FactRow& row) const {
  const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(), [&](const auto& each) {
    return before(*each, each->size - 1, row);
  });
  Place place{static_cast<std::size_t>(chunk - chunks_.begin()), 0};
  if (chunk == chunks_.end()) return place;
  std::size_t end = (*chunk)->size;
  while (place.row < end) {
    const auto middle = (place.row + end) / 2;
    if (before(**chunk, middle, row)) {
      place.row = middle + 1;
    } else {
      end = middle;
    }
  }
  return place;
}

void FactRows::insert(const FactRow& row) {
  auto place = lower_bound(row);
  if (place.chunk == chunks_.size()) {
    if (chunks_.empty() || chunks_.back()->size == kChunkRows) {
      chunks_.push_back(std::make_unique<Chunk>());
      place.row = 0;
    } else {
      --place.chunk;
      place.row = chunks_.back()->size;
    }
  } else {
    place = make_room(place);
  }
  Chunk& chunk = *chunks_[place.chunk];
  const auto open = [&](auto& column) {
    const auto from = column.begin() + static_cast<std::ptrdiff_t>(place.row);
    const auto end = column.begin() + static_cast<std::ptrdiff_t>(chunk.size);
    std::move_backward(from, end, end + 1);
  };
  each_column(open, chunk);
  store(chunk, place.row, row);
  ++chunk.size;
}

/// Splits a full chunk; gives where the place is afterwards.
FactRows::Place FactRows::make_room(Place place) {
  Chunk& lower = *chunks_[place.chunk];
  if (lower.size < kChunkRows) return place;
  constexpr std::ptrdiff_t kHalf = kChunkRows / 2;
  auto upper = std::make_unique<Chunk>();
  each_column([](auto& from, auto& to) { std::copy(from.begin() + kHalf, from.end(), to.begin()); },
              lower,
              *upper);
  upper->size = kChunkRows - kHalf;
  lower.size = kHalf;
  upper->bounds = bounds_of(*upper);
  lower.bounds = bounds_of(lower);
  chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(place.chunk) + 1, std::move(upper));
  if (place.row <= static_cast<std::size_t>(kHalf)) return place;
  return {place.chunk + 1, place.row - static_cast<std::size_t>(kHalf)};
}

FactRows::Place FactRows::find(const FactRow& row) const {
  const auto place = lower_bound(row);
  CW_ASSERT(place.chunk < chunks_.size());
  const Chunk& chunk = *chunks_[place.chunk];
  CW_ASSERT(chunk.report[place.row] == row.report && chunk.card[place.row] == row.card &&
            chunk.known_from[place.row] == row.known_from);
  return place;
}

void FactRows::erase(Place place) {
  Chunk& chunk = *chunks_[place.chunk];
  const auto close = [&](auto& column) {
    const auto from = column.begin() + static_cast<std::ptrdiff_t>(place.row) + 1;
    std::move(from, column.begin() + static_cast<std::ptrdiff_t>(chunk.size), from - 1);
  };
  each_column(close, chunk);
  --chunk.size;
  if (chunk.size == 0) chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(place.chunk));
}

FactRow FactRows::at(Place place) const {
  FactRow row;
  each_column([&](const auto& column, auto& value) { value = column[place.row]; },
              std::as_const(*chunks_[place.chunk]),
              row);
  return row;
}

void FactRows::put(Place place, const FactRow& row) {
  store(*chunks_[place.chunk], place.row, row);
}

std::size_t FactRows::first_chunk(Instant first) const {
  const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(), [&](const auto& each) {
    return each->reported_at[each->size - 1] < first;
  });
  return static_cast<std::size_t>(chunk - chunks_.begin());
}

/// What choose() begins with: each chunk is a piece of memory of its own.
void FactRows::fetch(const Chunk& next) {
  __builtin_prefetch(&next);
  __builtin_prefetch(next.reported_at.data());
  __builtin_prefetch(&next.reported_at.back());
  for (std::size_t row = 0; row < kChunkRows; row += 32) __builtin_prefetch(&next.traits[row]);
}

std::size_t FactRows::choose(const Chunk& rows,
                             const FactWindow& window,
                             std::array<std::uint16_t, kChunkRows>& chosen) {
  const auto& bounds = rows.bounds;
  if (bounds.known_first > window.known_to) return 0;
  const auto [first, last] = reported_in(rows, window);
  const bool settled = bounds.known_last <= window.known_to &&  //
                       bounds.ended_last <= window.known_since;
  std::size_t count = 0;
  // Without branches: which rows pass is as good as random, so a branch would be mispredicted.
  if (settled) {
    // All was known by then, and what has an end had ended: the traits say it all.
    const auto takes = window.takes & FactTraits::kStanding;
    for (auto i = first; i < last; ++i) {
      chosen[count] = static_cast<std::uint16_t>(i);
      count += takes >> (rows.traits[i] & FactTraits::kFilterBits) & 1U;
    }
    return count;
  }
  for (auto i = first; i < last; ++i) {
    chosen[count] = static_cast<std::uint16_t>(i);
    const auto stood = static_cast<unsigned>(rows.known_from[i] <= window.known_to) &
                       static_cast<unsigned>(rows.known_until[i] > window.known_since);
    count += stood & (window.takes >> (rows.traits[i] & FactTraits::kFilterBits)) & 1U;
  }
  return count;
}

}  // namespace cw
