#pragma once

#include "lib/base/time.hpp"
#include "notifier/held_entry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::notifier {

/// An entry with its card, as it lies in the store: what write() gave for `change`.
struct StoredEntry {
  CardRef card;
  Instant written_at;
  HeldEntry entry;
};

/// Entries to bytes and back; entries that were read share what is equal in them (the key of their
/// file, the reasons). THREAD: not safe.
class EntryCodec {
 public:
  /// The entry of `change`; its seq is in the key.
  [[nodiscard]] static std::string write(const WatchChange& change, Instant written_at);
  /// The card alone, which stands first; also of what strip() left.
  [[nodiscard]] static std::optional<CardRef> card(std::string_view bytes) noexcept;
  /// What is left of an entry when only its card is still of interest.
  [[nodiscard]] static std::string strip(const CardRef& card);
  /// Without taking the rest apart; nothing if the bytes are no entry.
  [[nodiscard]] static std::optional<Instant> written_at(std::string_view bytes) noexcept;

  /// None if the bytes are no entry (also if they were stripped).
  [[nodiscard]] std::optional<StoredEntry> read(std::uint64_t seq, std::string_view bytes);

 private:
  [[nodiscard]] std::shared_ptr<const std::vector<WatchReason>> reasons(std::string_view bytes);

  InternPool<std::string> keys_;
  InternPool<std::vector<WatchReason>> reasons_;
  std::string scratch_;
};

}  // namespace cw::notifier
