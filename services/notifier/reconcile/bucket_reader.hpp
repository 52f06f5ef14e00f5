#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/http/task.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/issuer_feed.hpp"

#include <cstdint>
#include <vector>

namespace cw::notifier {

/// Entries opened in one go, some milliseconds; between them others have their turn.
inline constexpr std::size_t kOpenChunk = 200;

/// Opens the cards of a bucket as the issuer should hold them at `at`: a 256th of its feed in
/// memory. Cards that cannot be named to the issuer are left out, as they are from the digest.
/// Fails with kNotFound (a data key has not been seen yet: leaving that card out would take it from
/// the issuer), kDecryptFailed, kKeyMismatch.
[[nodiscard]] http::Task<Result<std::vector<BatchBuilder::Opened>>> open_bucket(
    const BatchBuilder& builder, IssuerFeed& feed, crypto::Bucket bucket, std::uint64_t at);

/// Hashes what is not hashed yet, so that the digest can be told; with `all` also what is pending.
/// Fails like open_bucket.
[[nodiscard]] http::Task<Status> hash_feed(const BatchBuilder& builder, IssuerFeed& feed, bool all);

}  // namespace cw::notifier
