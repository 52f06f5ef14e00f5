#include "lib/codec/feed_digest_codec.hpp"

#include "lib/codec/feed_batch.hpp"
#include "lib/codec/feed_parts.hpp"
#include "lib/codec/formats.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

std::string read_sum(const ObjectReader& object) {
  std::string sum{object.text("sum")};
  if (!is_hex256(sum)) object.violation("sum", "64 lower-case hexadecimal characters");
  return sum;
}

void read_bucket(const ObjectReader& buckets,
                 std::string_view name,
                 const Node& node,
                 DigestSums& digest) {
  const auto bucket = crypto::bucket_from(name);
  const bool fits =
      bucket && std::none_of(digest.buckets.begin(), digest.buckets.end(), [&](const auto& each) {
        return each.bucket == *bucket;
      });
  const Path here = buckets.at(name);
  if (!fits)
    return buckets.failure().violation(buckets.at("*"), "two hexadecimal characters, once");
  const ObjectReader members(node, here, buckets.failure());
  digest.buckets.push_back({*bucket, members.number("count", 0), read_sum(members)});
}

FeedDigestDocument read_document(const ObjectReader& object) {
  FeedDigestDocument document;
  check_feed_name(object);
  document.issuer = IssuerId{object.id("issuer")};
  document.epoch = object.number32("epoch", 1);
  document.digest = read_digest_sums(object);
  return document;
}

const DigestSums::BucketSum* find(const DigestSums& digest, crypto::Bucket bucket) {
  const auto found = std::lower_bound(digest.buckets.begin(),
                                      digest.buckets.end(),
                                      bucket,
                                      [](const DigestSums::BucketSum& each, crypto::Bucket wanted) {
                                        return each.bucket < wanted;
                                      });
  return found != digest.buckets.end() && found->bucket == bucket ? &*found : nullptr;
}

bool same(const DigestSums::BucketSum* left, const DigestSums::BucketSum* right) {
  return left == nullptr || right == nullptr ? left == right : *left == *right;
}

}  // namespace

DigestSums digest_sums(std::uint64_t through, const crypto::BucketDigests& digests) {
  const crypto::FeedDigest total = digests.total();
  DigestSums sums{through, static_cast<std::uint64_t>(total.count()), total.hex(), {}};
  for (std::size_t i = 0; i < crypto::kBuckets; ++i) {
    const auto bucket = static_cast<crypto::Bucket>(i);
    const crypto::FeedDigest& digest = digests.bucket(bucket);
    if (digest == crypto::FeedDigest{}) continue;
    sums.buckets.push_back({bucket, static_cast<std::uint64_t>(digest.count()), digest.hex()});
  }
  return sums;
}

std::vector<crypto::Bucket> differing(const DigestSums& ours, const DigestSums& theirs) {
  std::vector<crypto::Bucket> buckets;
  for (std::size_t i = 0; i < crypto::kBuckets; ++i) {
    const auto bucket = static_cast<crypto::Bucket>(i);
    if (!same(find(ours, bucket), find(theirs, bucket))) buckets.push_back(bucket);
  }
  return buckets;
}

void check_feed_name(const ObjectReader& object) {
  if (object.text("feed") == kFeedName || object.failure().error) return;
  object.failure().set(Errc::kSchemaVersion, "another feed than " + std::string(kFeedName));
}

DigestSums read_digest_sums(const ObjectReader& object) {
  DigestSums digest;
  digest.through = object.number("through", 0);
  digest.count = object.number("count", 0);
  digest.sum = read_sum(object);
  const Node* const buckets = object.required("buckets");
  if (buckets == nullptr) return digest;
  const Path path = object.at("buckets");
  const ObjectReader members(*buckets, path, object.failure());
  if (object.failure().error) return digest;
  for (const auto& member : buckets->GetObject()) {
    read_bucket(members, view(member.name), member.value, digest);
    if (object.failure().error) return digest;
  }
  std::sort(digest.buckets.begin(), digest.buckets.end(), [](const auto& left, const auto& right) {
    return left.bucket < right.bucket;
  });
  return digest;
}

void write_buckets(JsonWriter& writer, const DigestSums& digest) {
  writer.begin_object("buckets");
  for (const DigestSums::BucketSum& each : digest.buckets) {
    writer.begin_object(crypto::bucket_hex(each.bucket)).number("count", each.count);
    writer.string("sum", each.sum).end_object();
  }
  writer.end_object();
}

void write_digest_sums(JsonWriter& writer, const DigestSums& digest) {
  write_buckets(writer, digest);
  writer.number("count", digest.count).string("sum", digest.sum);
  writer.number("through", digest.through);
}

Result<FeedDigestDocument> decode_feed_digest(std::string_view json) {
  return decode_object<FeedDigestDocument>(json, read_document);
}

std::string encode(const FeedDigestDocument& document) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_buckets(writer, document.digest);
  writer.number("count", document.digest.count).number("epoch", document.epoch);
  writer.string("feed", kFeedName).string("issuer", document.issuer.get());
  writer.string("sum", document.digest.sum).number("through", document.digest.through);
  writer.end_object();
  return out;
}

}  // namespace cw::codec
