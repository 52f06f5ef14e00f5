#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace cw::crypto {

/// The nonces of genuine signatures that could still be replayed: each is kept until its signature
/// has expired anyway. Bounded: full of nonces that are still due it takes no more, since
/// forgetting one would let it come again. THREAD: safe.
class NonceBook {
 public:
  static constexpr std::size_t kNoncesMax = 100'000;
  static constexpr std::size_t kNonceBytesMax = 256;

  explicit NonceBook(std::size_t nonces_max = kNoncesMax) : nonces_max_(nonces_max) {}

  /// Notes a nonce of the key until `until`. Fails with kSignatureReplayed if it is there already,
  /// with kLimitReached if the book is full.
  [[nodiscard]] Status add(std::string_view keyid,
                           std::string_view nonce,
                           Instant until,
                           Instant now);

  [[nodiscard]] std::size_t size() const;

 private:
  using Entry = std::pair<std::string, std::string>;  ///< keyid, nonce

  const std::size_t nonces_max_;
  mutable std::mutex mutex_;
  std::set<Entry> known_;
  std::multimap<Instant, Entry> by_end_;
};

}  // namespace cw::crypto
