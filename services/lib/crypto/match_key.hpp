#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/domain/card.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace cw::crypto {

/// The key that turns a card number into its reference: the first 16 bytes of
/// HMAC-SHA-256(key, ASCII digits) (rules.md R3). Everyone who must find the same card holds the
/// same key; nobody without it can test a guess.
///
/// THREAD: safe. reference() keeps a keyed context per calling thread, which holds the key until
/// that thread ends or uses another MatchKey.
class MatchKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// 64 hexadecimal characters, blanks around them allowed. Fails with kKeyInvalid.
  [[nodiscard]] static Result<MatchKey> from_hex(const Sensitive& text);
  /// The same from a file; fails also with kFileRead.
  [[nodiscard]] static Result<MatchKey> load(const std::string& path);

  /// Names the key in every record made with it, e.g. "mk-5f2c9a10". Derived from the key, so that
  /// two services can tell whether they hold the same one; says nothing about the key itself.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  [[nodiscard]] CardRef reference(const Pan& pan) const;

 private:
  explicit MatchKey(Sensitive key);

  Sensitive key_;
  std::string id_;
  std::uint64_t instance_ = 0;  ///< Tells the per-thread contexts of two keys apart.
};

}  // namespace cw::crypto
