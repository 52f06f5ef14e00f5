#include "unit/notifier/reconcile/receiver_model.hpp"

#include <gtest/gtest.h>

namespace cw::notifier::test {

codec::FeedBatch ReceiverModel::open(std::string_view jwe) {
  const auto clear = crypto::jwe_decrypt(keys().issuer, jwe);
  EXPECT_TRUE(clear) << "not encrypted to the issuer";
  auto batch = codec::decode_feed_batch(clear.value().plaintext.reveal());
  EXPECT_TRUE(batch) << batch.error().detail;
  return std::move(batch).value();
}

codec::FeedBatch ReceiverModel::take(std::string_view jwe) {
  codec::FeedBatch batch = open(jwe);
  answer_ = {};
  if (batch.head.verification) {
    answer_verification(batch);
  } else if (batch.head.replaces) {
    take_replacing(batch);
  } else {
    take_entries(batch);
  }
  answer_.accepted_through = through_;
  answer_.applied_through = through_;
  return batch;
}

crypto::BucketDigests ReceiverModel::digests() const {
  crypto::BucketDigests digests;
  for (const auto& [number, held] : cards) {
    digests.add(crypto::bucket_of(held.position), crypto::sha256(held.canonical));
  }
  return digests;
}

void ReceiverModel::take_entries(const codec::FeedBatch& batch) {
  EXPECT_EQ(batch.head.after, through_) << "a gap";
  for (const codec::FeedEntry& entry : batch.entries) {
    const std::string number{entry.pan.reveal()};
    if (entry.op == FeedOp::kDelt) {
      cards.erase(number);
    } else {
      cards[number] = {crypto::card_position(entry.pan), std::string{entry.canonical.reveal()}};
    }
  }
  through_ = batch.head.through;
}

void ReceiverModel::take_replacing(const codec::FeedBatch& batch) {
  const auto range = *batch.head.replaces;
  EXPECT_TRUE(batch.head.snapshot || batch.head.through <= through_);
  if (batch.head.snapshot && range.from == 0 && batch.head.epoch != epoch) cards.clear();
  std::erase_if(cards, [&](const auto& card) { return range.holds(card.second.position); });
  for (const codec::FeedEntry& entry : batch.entries) {
    cards[std::string{entry.pan.reveal()}] = {crypto::card_position(entry.pan),
                                              std::string{entry.canonical.reveal()}};
  }
  if (!batch.head.snapshot || batch.head.more) return;
  EXPECT_EQ(range.through, ~std::uint64_t{0});
  epoch = batch.head.epoch;
  through_ = batch.head.through;
}

void ReceiverModel::answer_verification(const codec::FeedBatch& batch) {
  answer_.verification = batch.head.verification;
  if (!batch.head.digest || batch.head.through != through_) return;
  answer_.differing_buckets =
      codec::differing(codec::digest_sums(through_, digests()), *batch.head.digest);
}

}  // namespace cw::notifier::test
