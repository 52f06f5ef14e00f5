#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw {

/// Numbers texts from 0 in the order in which they first come, each known together with a scope
/// (e.g. the issuer of a report id). Nothing is ever forgotten. Holds the bytes of all texts in one
/// piece: about 20 bytes a text beside the text itself. THREAD: const access is safe.
class TextIds {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  /// The number of (scope, text), given now if it is new.
  std::uint32_t add(std::uint32_t scope, std::string_view text);
  /// kNone if it is not known.
  [[nodiscard]] std::uint32_t find(std::uint32_t scope, std::string_view text) const noexcept;

  /// Valid until the next add.
  [[nodiscard]] std::string_view text(std::uint32_t id) const noexcept;
  [[nodiscard]] std::uint32_t scope(std::uint32_t id) const noexcept { return entries_[id].scope; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t end = 0;  ///< Of its text in bytes_; it starts where the entry before ends.
    std::uint32_t scope = 0;
  };

  [[nodiscard]] std::size_t slot_of(std::uint32_t scope, std::string_view text) const noexcept;
  void grow();

  std::string bytes_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  ///< Open addressing, at most half full; a power of two.
};

}  // namespace cw
