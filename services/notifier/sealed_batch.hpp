#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwk.hpp"

#include <string>
#include <vector>

namespace cw::notifier {

/// A batch as it travels: JWE compact, to `key`. Fails like crypto::jwe_encrypt.
[[nodiscard]] Result<std::string> sealed_batch(const crypto::PublicKey& key,
                                               const codec::FeedBatchHead& head,
                                               const std::vector<Sensitive>& entries);

/// An id that no other batch has, for batches that are made once.
[[nodiscard]] std::string fresh_batch_id();

}  // namespace cw::notifier
