#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace cw::store {

/// Writes that become visible together or not at all, in the order in which they were added.
/// Copies what it is given. THREAD: not safe.
class Batch {
 public:
  Batch();
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void put(std::string_view key, std::string_view value);
  /// Also a key that does not exist.
  void erase(std::string_view key);
  /// A piece that the store's Merger will join with the value, whenever that is cheapest; reading
  /// always sees it joined. Only in a store that was opened with a Merger.
  void merge(std::string_view key, std::string_view piece);

  [[nodiscard]] bool empty() const noexcept;
  /// Memory that its content takes.
  [[nodiscard]] std::size_t bytes() const noexcept;
  void clear() noexcept;

 private:
  friend class KeyValueStore;
  struct Writes;
  std::unique_ptr<Writes> writes_;
};

}  // namespace cw::store
