#pragma once

#include "lib/domain/answer.hpp"
#include "lib/domain/record_views.hpp"
#include "matcher/state/bytes.hpp"
#include "matcher/state/symbol_table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::matcher {

// The items of a card: each an exposure record, a report revision or an issuer's answer, lossless,
// with shared texts as symbols. Layout: number (length << 1 | 1 for a report), then that many
// bytes. No report is empty: 1 says that an answer follows, number (length), then that many bytes.

/// An exposure as it is stored. Views into the card's bytes.
struct StoredExposure {
  Symbol incident = 0;
  Symbol file = 0;
  std::uint64_t record = 0;
  Expiry expiry;
  Iin iin = 0;
  Instant received_at;
  std::uint32_t attribute_count = 0;
  std::string_view attributes;  ///< So many symbols, as numbers; each stands for name and value.
  Symbol file_key = 0;
  Symbol match_key = 0;
  std::string_view member;
  std::string_view sealed_pan;
  bool imported = false;
};

/// Name and value of an attribute as one text, and back.
[[nodiscard]] std::string_view joined(AttributeView attribute, std::string& buffer);
[[nodiscard]] AttributeView split(std::string_view joined_text);

/// Writes items. Interns what is shared.
class ItemWriter {
 public:
  explicit ItemWriter(SymbolTable& symbols) : symbols_(symbols) {}

  /// Valid until the next call. `iin` is the card's, from its header.
  [[nodiscard]] std::string_view write(const ExposureView& exposure, Iin iin);
  [[nodiscard]] std::string_view write(const ReportView& report, Iin iin);
  [[nodiscard]] std::string_view write(const IssuerAnswer& answer);
  /// The item written last, without its frame.
  [[nodiscard]] std::string_view body() const noexcept { return body_.view(); }

 private:
  [[nodiscard]] std::string_view framed(bool report);

  SymbolTable& symbols_;
  ByteBuffer body_;
  ByteBuffer item_;
  std::string buffer_;
};

inline constexpr std::uint64_t kAnswerFrame = 1;

enum class ItemKind : std::uint8_t { kExposure, kReport, kAnswer };

/// One item, undecoded.
struct Item {
  ItemKind kind = ItemKind::kExposure;
  std::string_view body;
};

/// Goes over the items of a card.
class ItemCursor {
 public:
  explicit ItemCursor(std::string_view items) : reader_(items) {}

  [[nodiscard]] bool next(Item& item) {
    if (reader_.done()) return false;
    const auto frame = reader_.number();
    if (frame == kAnswerFrame) {
      item.kind = ItemKind::kAnswer;
      item.body = reader_.text();
      return true;
    }
    item.kind = (frame & 1U) != 0 ? ItemKind::kReport : ItemKind::kExposure;
    item.body = reader_.raw(frame >> 1U);
    return true;
  }

 private:
  ByteReader reader_;
};

[[nodiscard]] StoredExposure read_exposure(std::string_view body, Iin iin);
/// The view of a stored exposure; its attributes are put into `attributes`.
[[nodiscard]] ExposureView view_of(const StoredExposure& stored,
                                   const CardRef& card,
                                   const SymbolTable& symbols,
                                   std::vector<AttributeView>& attributes);
/// `home` is the card that holds the item.
[[nodiscard]] ReportView read_report(std::string_view body,
                                     const CardRef& home,
                                     Iin iin,
                                     const SymbolTable& symbols);

[[nodiscard]] IssuerAnswer read_answer(std::string_view body,
                                       const CardRef& card,
                                       const SymbolTable& symbols);

/// The part of an item that identifies it, without decoding the rest: bytes that are equal for
/// equal identities of one table. A report's without its revision.
[[nodiscard]] std::string_view report_key(std::string_view body);
[[nodiscard]] std::string_view exposure_identity(std::string_view body);
/// Whether `added` says what `held` says already: equal but for the instant of receipt, which is no
/// earlier, and for whether it was imported (R8, decision 0004).
[[nodiscard]] bool is_repeat(std::string_view held, std::string_view added);

}  // namespace cw::matcher
