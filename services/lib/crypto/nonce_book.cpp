#include "lib/crypto/nonce_book.hpp"

namespace cw::crypto {

Status NonceBook::add(std::string_view keyid, std::string_view nonce, Instant until, Instant now) {
  const std::lock_guard lock{mutex_};
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    known_.erase(by_end_.begin()->second);
    by_end_.erase(by_end_.begin());
  }
  Entry entry{keyid, nonce};
  if (known_.contains(entry)) {
    return Error{Errc::kSignatureReplayed, "signature: its nonce was used before"};
  }
  if (known_.size() >= nonces_max_) {
    return Error{Errc::kLimitReached,
                 "signature: " + std::to_string(nonces_max_) + " nonces are still to be kept"};
  }
  by_end_.emplace(until, entry);
  known_.insert(std::move(entry));
  return Ok{};
}

std::size_t NonceBook::size() const {
  const std::lock_guard lock{mutex_};
  return known_.size();
}

}  // namespace cw::crypto
