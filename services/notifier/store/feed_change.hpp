#pragma once

#include "lib/crypto/feed_digest.hpp"
#include "lib/domain/ids.hpp"
#include "lib/store/batch.hpp"
#include "notifier/store/card_record.hpp"
#include "notifier/store/feed_keys.hpp"
#include "notifier/store/issuer_record.hpp"
#include "notifier/store/shared_store.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cw::notifier {

/// One batch of writes to a feed, which becomes visible with commit() together with the feed's
/// figures and digests; it sees its own cards. What fails, failed the store (SharedStore), and
/// nothing is written any more. THREAD: the feed's lock.
class FeedChange {
 public:
  struct Feed {
    const IssuerId& issuer;
    IssuerRecord& record;
    crypto::BucketDigests& digests;
  };
  FeedChange(SharedStore& shared, store::KeyValueStore& store, Feed feed)
      : shared_(shared), store_(store), feed_(feed) {}

  [[nodiscard]] std::optional<CardRecord> card(const CardRef& card);
  [[nodiscard]] std::optional<std::string> content(Shelf shelf, std::uint64_t seq);

  /// Replaces `before` (none: the card is new), and counts the difference in the figures.
  void save(const CardRef& card, const std::optional<CardRecord>& before, const CardRecord& after);
  void put(Shelf shelf, std::uint64_t seq, std::string_view value);
  void erase(Shelf shelf, std::uint64_t seq);
  /// Of the content of a past version only the card stays.
  void strip(const CardRef& card, PastVersion& version);

  /// The card's newest entry is set aside, or not any more.
  void mark(std::uint64_t seq, std::string_view code);
  void unmark(std::uint64_t seq);

  [[nodiscard]] bool commit();

 private:
  void count(const CardRecord& record, bool more);

  SharedStore& shared_;
  store::KeyValueStore& store_;
  Feed feed_;
  store::Batch batch_;
  std::unordered_map<CardRef, CardRecord> saved_;
  std::bitset<crypto::kBuckets> touched_;
  std::vector<std::string> bucket_keys_;  ///< Of kBucket, written with commit().
};

/// The digest of a bucket, to bytes and back.
[[nodiscard]] std::string encode(const crypto::FeedDigest& digest);
[[nodiscard]] std::optional<crypto::FeedDigest> decode_digest(std::string_view bytes);

}  // namespace cw::notifier
