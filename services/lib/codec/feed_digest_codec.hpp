#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/domain/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::codec {

/// The digest of a feed at a seq as it travels: the whole, and each bucket that has entries.
struct DigestSums {
  struct BucketSum {
    crypto::Bucket bucket = 0;
    std::uint64_t count = 0;
    std::string sum;  ///< 64 hex characters.

    friend bool operator==(const BucketSum&, const BucketSum&) = default;
  };

  std::uint64_t through = 0;
  std::uint64_t count = 0;
  std::string sum;                 ///< 64 hex characters.
  std::vector<BucketSum> buckets;  ///< By rising bucket.

  friend bool operator==(const DigestSums&, const DigestSums&) = default;
};

[[nodiscard]] DigestSums digest_sums(std::uint64_t through, const crypto::BucketDigests& digests);

/// The buckets, rising, in which `ours` and `theirs` differ in count or sum.
[[nodiscard]] std::vector<crypto::Bucket> differing(const DigestSums& ours,
                                                    const DigestSums& theirs);

/// The answer of GET /v1/feed/digest (schemas/feed-digest).
struct FeedDigestDocument {
  IssuerId issuer;
  std::uint32_t epoch = 1;
  DigestSums digest;

  friend bool operator==(const FeedDigestDocument&, const FeedDigestDocument&) = default;
};

/// Fails like decode_feed_batch. Unknown members are skipped.
[[nodiscard]] Result<FeedDigestDocument> decode_feed_digest(std::string_view json);
[[nodiscard]] std::string encode(const FeedDigestDocument& document);

}  // namespace cw::codec
