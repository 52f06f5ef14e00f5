#include "issuer/feed_receiver.hpp"

#include "issuer/journal_compaction.hpp"
#include "lib/base/assert.hpp"
#include "lib/crypto/jwe.hpp"

#include <algorithm>
#include <utility>

namespace cw::issuer {
namespace {

/// Names of headers are compared without regard to case; `name` is in lower case.
bool is_header(std::string_view header, std::string_view name) {
  return std::equal(header.begin(), header.end(), name.begin(), name.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

}  // namespace

FeedReceiver::FeedReceiver(IssuerId issuer, ReceiverKeys keys, std::chrono::seconds tolerance)
    : issuer_(std::move(issuer)),
      keys_(std::move(keys)),
      tolerance_(tolerance),
      nonces_(std::make_unique<crypto::NonceBook>()) {}

Result<FeedReceiver::Opened> FeedReceiver::open(const Push& push, Instant now) const {
  const Status genuine = prove(push, now);
  if (!genuine) return genuine.error();
  if (known_ids_.contains(std::string(push.headers.id))) return Opened{.kind = Kind::kSameId};
  auto opened = open_body(push.body);
  if (!opened || !push.headers.id.empty()) return opened;
  const bool same = known_ids_.contains(opened.value().batch.head.batch);
  if (same && opened.value().kind != Kind::kVerification) opened.value().kind = Kind::kSameId;
  return opened;
}

Status FeedReceiver::prove(const Push& push, Instant now) const {
  const auto headers = push.message.headers;
  const bool signed_message = std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return is_header(header.first, "signature-input");
  });
  if (!signed_message) {
    return crypto::verify_webhook(keys_.signing, push.headers, push.body, now, tolerance_);
  }
  const auto verified = crypto::verify_message(keys_.message_signing,
                                               push.message,
                                               push.body,
                                               {.tolerance = tolerance_},
                                               now,
                                               nonces_.get());
  if (!verified) return verified.error();
  return Ok{};
}

Result<FeedReceiver::Opened> FeedReceiver::open_body(std::string_view body) const {
  auto batch = decrypt(body);
  if (!batch) return std::move(batch).error();
  const codec::FeedBatchHead& head = batch.value().head;
  if (head.issuer != issuer_) {
    return Error{Errc::kKeyMismatch, "the batch is for another issuer"};
  }
  if (head.verification) {
    return Opened{.kind = Kind::kVerification, .batch = std::move(batch).value()};
  }
  switch (cards_.fit(head)) {
    case CardBook::Fit::kNew:
    case CardBook::Fit::kNewEpoch:
    case CardBook::Fit::kReplaces:
      return Opened{.kind = Kind::kFresh, .batch = std::move(batch).value()};
    case CardBook::Fit::kOld:
      return Opened{.kind = Kind::kNothingNew, .batch = std::move(batch).value()};
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
  const std::string held = "gap: epoch " + std::to_string(cards_.epoch()) + " is held through " +
                           std::to_string(cards_.through());
  const std::string epoch = " of epoch " + std::to_string(head.epoch);
  if (head.replaces) {
    return {Errc::kConflict,
            held + ", the batch replaces cards by their state at " + std::to_string(head.through) +
                epoch + (head.snapshot ? ", as a part of a snapshot that is not the next" : "")};
  }
  return {Errc::kConflict, held + ", the batch begins after " + std::to_string(head.after) + epoch};
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

TakenEntries FeedReceiver::take(std::string_view id, const Opened& opened) {
  CW_ASSERT(opened.kind == Kind::kFresh);
  remember(std::string(id));
  return cards_.apply(opened.batch);
}

TakenEntries FeedReceiver::look_at(const Opened& opened) const {
  return cards_.look_at(opened.batch);
}

Result<std::size_t> FeedReceiver::replay(std::string_view id, std::string_view body) {
  if (id == kCompactedIds) {
    for (const std::string_view known : split_ids(body)) remember(std::string(known));
    return std::size_t{0};
  }
  if (id == kCompactedList) return restore(body);
  const auto opened = open_body(body);
  if (!opened) return opened.error();
  if (opened.value().kind == Kind::kFresh) take(id, opened.value());
  return opened.value().batch.entries.size();
}

Result<std::size_t> FeedReceiver::restore(std::string_view body) {
  const auto piece = decrypt(body);
  if (!piece) return piece.error();
  if (piece.value().head.issuer != issuer_) {
    return Error{Errc::kKeyMismatch, "the list is of another issuer"};
  }
  cards_.restore(piece.value());
  return piece.value().entries.size();
}

codec::FeedAnswer FeedReceiver::answer(const Opened& opened) const {
  const std::uint64_t through = cards_.through();
  codec::FeedAnswer answer{
      .accepted_through = through,
      .applied_through = through,
      .epoch = cards_.epoch(),
      .rejected = {},
      .digest = codec::FeedAnswer::Digest{
          .through = through, .count = cards_.size(), .sum = cards_.digest().hex()}};
  const codec::FeedBatchHead& head = opened.batch.head;
  if (opened.kind != Kind::kVerification) return answer;
  answer.verification = head.verification;
  if (head.digest) answer.differing_buckets = differing(head.epoch, *head.digest);
  return answer;
}

std::optional<std::vector<crypto::Bucket>> FeedReceiver::differing(
    std::uint32_t epoch, const codec::DigestSums& theirs) const {
  if (epoch != cards_.epoch() || theirs.through != cards_.through()) return std::nullopt;
  return codec::differing(codec::digest_sums(theirs.through, cards_.digests()), theirs);
}

void FeedReceiver::remember(std::string id) {
  if (!known_ids_.insert(id).second) return;
  ids_.push_back(std::move(id));
  if (ids_.size() <= kIdsMax) return;
  known_ids_.erase(ids_.front());
  ids_.pop_front();
}

}  // namespace cw::issuer
