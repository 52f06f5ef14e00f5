#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/text_ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cw {

/// The texts of one incident's facts as numbers.
struct FactNames {
  TextIds issuers;  ///< Scope 0.
  TextIds reports;  ///< Scope: the reporting issuer.
  TextIds members;  ///< Scope: the reporting issuer.
  TextIds cards;    ///< Scope 0; the 16 bytes of the reference.
};

/// What a fact says in few values, packed.
class FactTraits {
 public:
  FactTraits() = default;
  explicit FactTraits(std::uint16_t bits) noexcept : bits_(bits) {}
  FactTraits(Outcome outcome, bool active, bool attributable);

  void set_disposition(std::optional<FraudDisposition> disposition);
  void set_approved(std::optional<bool> approved);
  void set_fraud_type(FraudType type);
  void set_imported(bool imported);
  /// Whether a later fact took over.
  void set_ended(bool ended) noexcept;

  [[nodiscard]] std::uint16_t bits() const noexcept { return bits_; }
  [[nodiscard]] Outcome outcome() const noexcept { return static_cast<Outcome>(bits_ & 7U); }
  [[nodiscard]] bool attributable() const noexcept { return (bits_ & 8U) != 0; }
  [[nodiscard]] bool active() const noexcept { return (bits_ & 16U) != 0; }
  [[nodiscard]] bool ended() const noexcept { return (bits_ & kEnded) != 0; }
  /// 0: none; else one more than the enumerator.
  [[nodiscard]] std::uint32_t disposition_code() const noexcept { return (bits_ >> 6U) & 3U; }
  /// 0: none, 1: declined, 2: approved.
  [[nodiscard]] std::uint32_t approved_code() const noexcept { return (bits_ >> 8U) & 3U; }
  [[nodiscard]] FraudType fraud_type() const noexcept {
    return static_cast<FraudType>((bits_ >> 10U) & 31U);
  }
  [[nodiscard]] bool imported() const noexcept { return (bits_ & 0x8000U) != 0; }

  /// The bits that say whether a fact counts at all: outcome, attributable, active; and ended.
  static constexpr std::uint32_t kFilterBits = 63;
  /// Of the values of the filter bits, those that have not ended.
  static constexpr std::uint64_t kStanding = 0xFFFFFFFF;

 private:
  static constexpr std::uint32_t kEnded = 32;

  std::uint16_t bits_ = 0;
};

/// A fact as numbers, with the time in which it stood: from known_from until (not including)
/// known_until, when the next fact of its report and card took over; Instant::max() if none did.
struct FactRow {
  Instant reported_at;
  Instant received_at;
  Instant known_from;
  Instant known_until = Instant::max();
  std::uint32_t report = 0;
  std::uint32_t card = 0;
  std::uint32_t member = TextIds::kNone;
  std::uint32_t card_issuer = 0;
  std::uint32_t revision = 0;
  std::uint32_t scope_revision = 0;
  std::uint16_t traits = 0;
};

/// Which rows a count looks at: reported in [first, last], standing at some instant of
/// [known_since, known_to], with filter bits that `takes` has a bit for.
struct FactWindow {
  Instant first = Instant::min();
  Instant last = Instant::max();
  Instant known_since = Instant::min();
  Instant known_to = Instant::max();
  std::uint64_t takes = ~std::uint64_t{0};
};

/// Rows in the order of R20 (reported_at, received_at, issuer, report id, then card, known_from),
/// by columns and in chunks: a window is a range, the first row of a card or member that passes is
/// the one it is shown under, and a new row moves half a chunk at most. THREAD: const access is
/// safe.
class FactRows {
 public:
  static constexpr std::size_t kChunkRows = 512;

  template <class Value>
  using Column = std::array<Value, kChunkRows>;

  /// What a window may know of a chunk without its columns. Rows that left may still count here.
  struct Bounds {
    Instant known_first = Instant::max();
    Instant known_last = Instant::min();
    Instant ended_last = Instant::min();  ///< Of the rows that have an end.
  };

  struct Chunk {
    std::size_t size = 0;
    Bounds bounds;
    Column<Instant> reported_at;
    Column<Instant> received_at;
    Column<Instant> known_from;
    Column<Instant> known_until;
    Column<std::uint32_t> report;
    Column<std::uint32_t> card;
    Column<std::uint32_t> member;
    Column<std::uint32_t> card_issuer;
    Column<std::uint32_t> revision;
    Column<std::uint32_t> scope_revision;
    Column<std::uint16_t> traits;
  };

  struct Place {
    std::size_t chunk = 0;
    std::size_t row = 0;
  };

  explicit FactRows(const FactNames& names) : names_(names) {}

  /// `row` must not be there yet.
  void insert(const FactRow& row);
  /// Where the row with the order of `row` is; it must be there.
  [[nodiscard]] Place find(const FactRow& row) const;
  void erase(Place place);
  [[nodiscard]] FactRow at(Place place) const;
  /// Replaces a row by one of the same order.
  void put(Place place, const FactRow& row);

  [[nodiscard]] bool empty() const noexcept { return chunks_.empty(); }
  [[nodiscard]] Instant first_reported() const { return chunks_.front()->reported_at.front(); }
  [[nodiscard]] Instant last_reported() const {
    return chunks_.back()->reported_at[chunks_.back()->size - 1];
  }

  /// Calls visit(const Chunk&, std::span<std::uint16_t> rows) with the rows of the window, in
  /// order; `visit` may write to the span. By the chunk, so that each thing done is a short loop of
  /// its own that reads the one column it needs.
  template <class Visit>
  void scan(const FactWindow& window, Visit visit) const {
    for (auto chunk = first_chunk(window.first); chunk < chunks_.size(); ++chunk) {
      const Chunk& rows = *chunks_[chunk];
      if (rows.reported_at[0] > window.last) return;
      if (chunk + 1 < chunks_.size()) fetch(*chunks_[chunk + 1]);
      std::array<std::uint16_t, kChunkRows> chosen;
      const auto count = choose(rows, window, chosen);
      if (count != 0) visit(rows, std::span{chosen.data(), count});
    }
  }

 private:
  [[nodiscard]] bool before(const Chunk& chunk, std::size_t row, const FactRow& other) const;
  [[nodiscard]] Place lower_bound(const FactRow& row) const;
  [[nodiscard]] std::size_t first_chunk(Instant first) const;
  static void fetch(const Chunk& next);
  [[nodiscard]] static std::size_t choose(const Chunk& rows,
                                          const FactWindow& window,
                                          std::array<std::uint16_t, kChunkRows>& chosen);
  Place make_room(Place place);

  const FactNames& names_;
  std::vector<std::unique_ptr<Chunk>> chunks_;  ///< None is empty.
};

}  // namespace cw
