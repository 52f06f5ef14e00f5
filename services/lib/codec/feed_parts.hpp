#pragma once

#include "lib/codec/feed_digest_codec.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/codec/object_reader.hpp"

/// Private to lib/codec: what the documents of the issuer feed have in common. Keys are written in
/// sorted order, so that a batch is canonical.
namespace cw::codec {

/// "feed" must be kFeedName: kSchemaVersion otherwise.
void check_feed_name(const ObjectReader& object);

/// "through", "count", "sum" and "buckets" of `object`.
[[nodiscard]] DigestSums read_digest_sums(const ObjectReader& object);
void write_digest_sums(JsonWriter& writer, const DigestSums& digest);
void write_buckets(JsonWriter& writer, const DigestSums& digest);

}  // namespace cw::codec
