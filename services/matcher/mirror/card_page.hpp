#pragma once

#include "lib/domain/card.hpp"
#include "lib/store/merger.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cw::matcher {

/// Cards lie on disk in pages: all whose reference begins with the same 12 bits, in ascending
/// order of the reference. A record is the reference (16 bytes), the length of the blob plus one
/// as LEB128, and the blob; length 0 says that the card was erased.
inline constexpr std::uint32_t kCardPages = 4096;

[[nodiscard]] std::uint32_t page_of(const CardRef& card) noexcept;

/// One record of a page; points into it.
struct CardRecord {
  std::string_view ref;                  ///< 16 bytes.
  std::optional<std::string_view> blob;  ///< None: erased.
  std::string_view bytes;                ///< The whole record.
};

void append_card(std::string& page, const CardRef& card, std::string_view blob);
void append_erased(std::string& page, const CardRef& card);

/// Takes the first record off `page`; none if that is cut short or too long.
[[nodiscard]] std::optional<CardRecord> take_record(std::string_view& page) noexcept;

/// Joins pages: of a card's records the newest stays. Linear in the bytes, in few passes.
class CardPageMerger final : public store::Merger {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "cardwatch.card-page.1"; }
  [[nodiscard]] bool join(std::span<const std::string_view> pieces,
                          bool whole,
                          std::string& joined) const override;
};

}  // namespace cw::matcher
