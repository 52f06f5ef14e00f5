#pragma once

#include "lib/domain/control.hpp"
#include "lib/domain/watch.hpp"

#include <cstdint>
#include <string>

namespace cw::bench {

/// A watchlist as the matcher writes it. The same options give the same entries.
struct FeedWorkloadOptions {
  std::uint64_t seed = 1;
  std::uint64_t cards = 460'000;
  std::uint32_t issuers = 30;
  double big_share = 0;      ///< Of all cards, those of issuer-00; 0: as many as others have.
  std::uint32_t skip = 0;    ///< The first so many issuers get no entries.
  std::uint64_t spread = 0;  ///< The card of a record is drawn; 0: one after the other.
};

/// Record n is about card n modulo `cards`: an addition first, then changes, and now and then a
/// removal and a new addition. THREAD: const access is safe.
class FeedWorkload {
 public:
  static constexpr std::uint32_t kFiles = 3;

  explicit FeedWorkload(const FeedWorkloadOptions& options) : options_(options) {}

  [[nodiscard]] const FeedWorkloadOptions& options() const noexcept { return options_; }

  [[nodiscard]] static std::string issuer_id(std::uint32_t issuer);
  [[nodiscard]] std::uint32_t issuer_of(std::uint64_t record) const noexcept;
  [[nodiscard]] std::string pan(std::uint64_t record) const;
  [[nodiscard]] std::uint32_t file_of(std::uint64_t record) const noexcept;
  /// 32 bytes, the key that file's numbers are sealed with, and its id.
  [[nodiscard]] std::string data_key(std::uint32_t file) const;
  [[nodiscard]] std::string key_id(std::uint32_t file) const;
  /// What the watchlist says, without the sealed number.
  [[nodiscard]] WatchChange change(std::uint64_t record) const;
  /// How a file's key came into control, but for the wrapped key.
  [[nodiscard]] FileLoad file_load(std::uint32_t file) const;

 private:
  [[nodiscard]] std::uint64_t draw(std::uint64_t index, std::uint64_t salt) const noexcept;
  [[nodiscard]] std::uint64_t card_of(std::uint64_t record) const noexcept;

  FeedWorkloadOptions options_;
};

}  // namespace cw::bench
