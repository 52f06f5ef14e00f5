#pragma once

#include "lib/codec/feed_answer.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/codec/feed_digest_codec.hpp"
#include "lib/crypto/jwe.hpp"
#include "unit/notifier/feed_samples.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cw::notifier::test {

/// The least that a receiver of the feed is: it decrypts, holds cards, follows the protocol.
class ReceiverModel {
 public:
  struct Held {
    std::uint64_t position = 0;
    std::string canonical;
  };

  /// What the batch says, after it has taken effect here.
  codec::FeedBatch take(std::string_view jwe);
  /// Without effect.
  [[nodiscard]] static codec::FeedBatch open(std::string_view jwe);
  /// Its answer to the batch that was taken last.
  [[nodiscard]] const codec::FeedAnswer& answer() const { return answer_; }

  [[nodiscard]] crypto::BucketDigests digests() const;
  [[nodiscard]] std::uint64_t through() const { return through_; }

  std::map<std::string, Held> cards;  ///< By number.
  std::uint32_t epoch = 1;

 private:
  void take_entries(const codec::FeedBatch& batch);
  void take_replacing(const codec::FeedBatch& batch);
  void answer_verification(const codec::FeedBatch& batch);

  std::uint64_t through_ = 0;
  codec::FeedAnswer answer_;
};

}  // namespace cw::notifier::test
