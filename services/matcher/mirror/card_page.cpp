#include "matcher/mirror/card_page.hpp"

#include <compare>
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

/// A reference as two numbers, which compare as its bytes do.
struct Order {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const Order&, const Order&) = default;
};

std::uint64_t big_endian(const char* bytes) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return __builtin_bswap64(number);
}

/// Walks one page.
class Cursor {
 public:
  explicit Cursor(std::string_view page) : rest_(page) { step(); }

  [[nodiscard]] const CardRecord& record() const noexcept { return record_; }
  [[nodiscard]] const Order& order() const noexcept { return order_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// The bytes are no page; ended, too.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

  void step() {
    ended_ = rest_.empty();
    if (ended_) return;
    const auto record = take_record(rest_);
    if (record) {
      const Order order{big_endian(record->ref.data()), big_endian(record->ref.data() + 8)};
      broken_ = !record_.ref.empty() && order <= order_;
      record_ = *record;
      order_ = order;
    } else {
      broken_ = true;
    }
    ended_ = broken_;
  }

 private:
  std::string_view rest_;
  CardRecord record_ = {};
  Order order_ = {};
  bool ended_ = false;
  bool broken_ = false;
};

using Cursors = std::vector<Cursor>;

/// The smallest reference; among equals the newest (last).
std::size_t newest_of_smallest(const Cursors& cursors) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < cursors.size(); ++i) {
    if (cursors[i].order() <= cursors[best].order()) best = i;
  }
  return best;
}

/// Moves the others past the reference that `best` stands at; what they reach next at the least.
std::optional<Order> pass_others(Cursors& cursors, std::size_t best) {
  std::optional<Order> limit;
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    Cursor& other = cursors[i];
    if (i == best) continue;
    if (other.order() == cursors[best].order()) other.step();
    if (!other.ended() && (!limit || other.order() < *limit)) limit = other.order();
  }
  return limit;
}

/// Takes records from one page while they are before `limit`: neighbours in one copy.
void copy_until(Cursor& from, const std::optional<Order>& limit, bool whole, std::string& joined) {
  std::string_view run;
  do {
    const CardRecord& record = from.record();
    if (record.blob || !whole) {
      const bool next = !run.empty() && run.data() + run.size() == record.bytes.data();
      if (!next) joined += run;
      run = next ? std::string_view(run.data(), run.size() + record.bytes.size()) : record.bytes;
    }
    from.step();
  } while (!from.ended() && (!limit || from.order() < *limit));
  joined += run;
}

/// Drops cursors that have ended. False if one is broken.
bool drop_ended(Cursors& cursors) {
  for (const Cursor& cursor : cursors) {
    if (cursor.broken()) return false;
  }
  std::erase_if(cursors, [](const Cursor& cursor) { return cursor.ended(); });
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
  Cursors cursors;
  cursors.reserve(pieces.size());
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) {
    cursors.emplace_back(piece);
    bytes += piece.size();
  }
  joined.reserve(joined.size() + bytes);
  while (drop_ended(cursors)) {
    if (cursors.empty()) return true;
    const std::size_t best = newest_of_smallest(cursors);
    const auto limit = pass_others(cursors, best);
    copy_until(cursors[best], limit, whole, joined);
  }
  return false;
}

}  // namespace cw::matcher
