#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cw::matcher {

/// What stands before a card's items, in memory and on disk.
struct CardHeader {
  static constexpr std::uint32_t kNever = 0xFFFFFFFF;
  static constexpr std::uint32_t kBytesMask = (1U << 25U) - 1;

  CardRef card;
  std::uint32_t bytes : 25 = 0;  ///< Of header and items.
  /// A hint: whether any fact of this card may be attributable.
  std::uint32_t maybe_attributable : 1 = 0;
  std::uint32_t unsaved : 1 = 0;  ///< Changed since the store's copy was written.
  /// Whether some issuer's answer releases the card (R22), if it belongs to that issuer. Otherwise
  /// the answers among the items decide nothing.
  std::uint32_t released : 1 = 0;
  std::uint32_t batch = 0;  ///< In which the block was written last; means nothing on disk.
  Iin iin = 0;              ///< As the card's first input said.
  std::uint16_t exposures = 0;
  std::uint16_t reports = 0;
  /// Another, that saves deriving: since this second (since 1970), and until now, a report of this
  /// card that is attributable under the card's only incident has stood there. kNever: not known.
  std::uint32_t fraud_from = kNever;

  /// The first whole second not before `at`, as fraud_from keeps it.
  [[nodiscard]] static std::uint32_t second_from(Instant at) {
    const auto second = std::chrono::ceil<std::chrono::seconds>(at).time_since_epoch().count();
    return second >= 0 && second < kNever ? static_cast<std::uint32_t>(second) : kNever;
  }
  void forget_hints() {
    fraud_from = kNever;
    maybe_attributable = 1;
  }
  [[nodiscard]] bool reported_since(Instant at) const {
    return fraud_from != kNever && at.time_since_epoch() >= std::chrono::seconds{fraud_from};
  }
};
static_assert(sizeof(CardHeader) == 36);

/// A card as it lies in the table: the header and then one item per input, in order of arrival.
class CardBlob {
 public:
  explicit CardBlob(const char* data) : data_(data) {}

  [[nodiscard]] CardHeader header() const {
    CardHeader header;
    std::memcpy(&header, data_, sizeof header);
    return header;
  }
  [[nodiscard]] std::string_view items() const {
    return {data_ + sizeof(CardHeader), header().bytes - sizeof(CardHeader)};
  }
  [[nodiscard]] std::string_view bytes() const { return {data_, header().bytes}; }

 private:
  const char* data_;
};

}  // namespace cw::matcher
