#pragma once

#include "lib/store/key_value_store.hpp"
#include "matcher/mirror/mirror_meta.hpp"
#include "matcher/state/state_image.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// Where the parts of a state lie in the store.
inline constexpr std::string_view kMetaKey = "m";
inline constexpr std::string_view kSymbolPrefix = "s";
inline constexpr std::string_view kControlPrefix = "k";
inline constexpr std::string_view kCardPrefix = "c";

/// Takes one save: sorts the cards into pages and writes everything in one batch. Above
/// `batch_bytes` it writes several, and the meta record says "unfinished" until the last.
/// THREAD: the lane's.
class MirrorWriter final : public StateSink {
 public:
  MirrorWriter(store::KeyValueStore& store, MirrorMeta meta, std::size_t batch_bytes)
      : store_(store), meta_(std::move(meta)), batch_bytes_(batch_bytes) {}

  void symbol(std::uint32_t id, std::string_view text) override;
  void control(std::uint32_t number, std::string_view json) override;
  void card(const CardRef& card, std::string_view blob) override;
  void erased(const CardRef& card) override;

  /// Writes what is left, with the positions. The first failure of all writes.
  [[nodiscard]] Status finish();

 private:
  struct Entry {
    std::uint64_t order = 0;  ///< The reference's first eight bytes, as a number.
    std::size_t at = 0;       ///< Of the record in cards_.
    std::size_t size = 0;
  };

  void add(const CardRef& card, std::size_t at);
  void spill();
  void move_cards_to_batch();
  [[nodiscard]] std::string_view record(const Entry& entry) const;

  store::KeyValueStore& store_;
  MirrorMeta meta_;
  std::size_t batch_bytes_;
  store::Batch batch_;
  std::string cards_;  ///< Records in the order of arrival.
  std::vector<Entry> entries_;
  Status written_ = Ok{};
};

}  // namespace cw::matcher
