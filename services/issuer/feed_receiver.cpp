#include "issuer/feed_receiver.hpp"

#include "lib/base/assert.hpp"
#include "lib/crypto/jwe.hpp"

#include <utility>

namespace cw::issuer {

FeedReceiver::FeedReceiver(IssuerId issuer, ReceiverKeys keys, std::chrono::seconds tolerance)
    : issuer_(std::move(issuer)), keys_(std::move(keys)), tolerance_(tolerance) {}

Result<FeedReceiver::Opened> FeedReceiver::open(const Push& push, Instant now) const {
  const auto genuine =
      crypto::verify_webhook(keys_.signing, push.headers, push.body, now, tolerance_);
  if (!genuine) return genuine.error();
  if (known_ids_.contains(std::string(push.headers.id))) return Opened{};
  return open_body(push.body);
}

Result<FeedReceiver::Opened> FeedReceiver::open_body(std::string_view body) const {
  auto batch = decrypt(body);
  if (!batch) return std::move(batch).error();
  const codec::FeedBatchHead& head = batch.value().head;
  if (head.issuer != issuer_) {
    return Error{Errc::kKeyMismatch, "the batch is for another issuer"};
  }
  switch (cards_.fit(head)) {
    case CardBook::Fit::kNew:
    case CardBook::Fit::kNewEpoch:
      return Opened{.fresh = true, .batch = std::move(batch).value()};
    case CardBook::Fit::kOld:
      return Opened{};
    case CardBook::Fit::kOldEpoch:
      return Error{Errc::kConflict,
                   "epoch " + std::to_string(head.epoch) + " is over; epoch " +
                       std::to_string(cards_.epoch()) + " is held"};
    case CardBook::Fit::kGap:
      break;
  }
  return gap(head);
}

Error FeedReceiver::gap(const codec::FeedBatchHead& head) const {
  return {Errc::kConflict,
          "gap: epoch " + std::to_string(cards_.epoch()) + " is held through " +
              std::to_string(cards_.through()) + ", the batch begins after " +
              std::to_string(head.after) + " of epoch " + std::to_string(head.epoch)};
}

Result<codec::FeedBatch> FeedReceiver::decrypt(std::string_view body) const {
  Error refused{Errc::kDecryptFailed, "no key opens the body"};
  for (const crypto::PrivateKey& key : keys_.encryption) {
    const auto message = crypto::jwe_decrypt(key, body);
    if (message) return codec::decode_feed_batch(message.value().plaintext.reveal());
    refused = message.error();
  }
  return refused;
}

std::size_t FeedReceiver::take(std::string_view id, const Opened& opened) {
  CW_ASSERT(opened.fresh);
  remember(std::string(id));
  return cards_.apply(opened.batch);
}

Status FeedReceiver::replay(std::string_view id, std::string_view body) {
  const auto opened = open_body(body);
  if (!opened) return opened.error();
  if (opened.value().fresh) take(id, opened.value());
  return Ok{};
}

codec::FeedAnswer FeedReceiver::answer() const {
  const std::uint64_t through = cards_.through();
  return {.accepted_through = through,
          .applied_through = through,
          .rejected = {},
          .digest = codec::FeedAnswer::Digest{
              .through = through, .count = cards_.size(), .sum = cards_.digest().hex()}};
}

void FeedReceiver::remember(std::string id) {
  if (!known_ids_.insert(id).second) return;
  ids_.push_back(std::move(id));
  if (ids_.size() <= kIdsMax) return;
  known_ids_.erase(ids_.front());
  ids_.pop_front();
}

}  // namespace cw::issuer
