#include "lib/codec/feed_answer.hpp"

#include "lib/codec/feed_batch.hpp"
#include "lib/codec/field_writer.hpp"
#include "lib/codec/issuer_digest_codec.hpp"
#include "lib/codec/object_reader.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

constexpr std::size_t kCodeBytesMax = 64;
/// 10,000 rejections with a detail each are more than a usual message.
constexpr std::size_t kAnswerBytesMax = 16U << 20U;

/// Calls visit(reader) for each object of an array that may be missing.
template <class Visit>
void each_object(const ObjectReader& object, std::string_view key, std::size_t max, Visit visit) {
  if (object.optional(key) == nullptr) return;
  object.each(key, max, [&](const Node& node, const Path& path) {
    visit(ObjectReader(node, path, object.failure()));
  });
}

std::optional<std::vector<crypto::Bucket>> read_buckets(const ObjectReader& object) {
  constexpr std::string_view kKey = "differing_buckets";
  if (object.optional(kKey) == nullptr) return std::nullopt;
  std::vector<crypto::Bucket> buckets;
  object.each(kKey, crypto::kBuckets, [&](const Node& node, const Path& path) {
    const auto bucket = node.IsString() ? crypto::bucket_from(view(node)) : std::nullopt;
    if (!bucket) return object.failure().violation(path, "two lower-case hexadecimal characters");
    buckets.push_back(*bucket);
  });
  std::sort(buckets.begin(), buckets.end());
  buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
  return buckets;
}

/// All but accepted_through and applied_through.
FeedAnswer read_rest(const ObjectReader& object) {
  FeedAnswer answer;
  each_object(object, "rejected", FeedAnswer::kRejectedMax, [&](const ObjectReader& element) {
    answer.rejected.push_back(
        {.seq = element.number("seq", 1),
         .code = std::string(element.text("code", {1, kCodeBytesMax})),
         .detail = element.optional_text("detail", {0, kTextBytesMax}).value_or("")});
  });
  each_object(object, "cards", FeedAnswer::kCardsMax, [&](const ObjectReader& element) {
    answer.cards.push_back({.seq = element.number("seq", 1),
                            .status = element.code("status", card_status_from),
                            .at = element.written_instant("at")});
  });
  answer.digest = read_issuer_digest(object, "digest");
  answer.verification =
      object.optional_text("verification", {1, FeedBatchHead::kVerificationBytesMax});
  answer.differing_buckets = read_buckets(object);
  return answer;
}

FeedAnswer read_answer(const ObjectReader& object) {
  FeedAnswer answer = read_rest(object);
  answer.accepted_through = object.number("accepted_through", 0);
  answer.applied_through = object.number("applied_through", 0);
  if (object.optional("epoch") != nullptr) answer.epoch = object.number32("epoch", 0);
  return answer;
}

FeedAck read_ack(const ObjectReader& object) {
  FeedAck ack{.answer = read_rest(object)};
  if (object.optional("accepted_through") != nullptr) {
    ack.accepted_through = object.number("accepted_through", 0);
    ack.answer.accepted_through = *ack.accepted_through;
  }
  if (object.optional("applied_through") != nullptr) {
    ack.applied_through = object.number("applied_through", 0);
    ack.answer.applied_through = *ack.applied_through;
  }
  return ack;
}

void write_rejected(JsonWriter& writer, const FeedAnswer& answer) {
  writer.begin_array("rejected");
  const std::size_t listed = std::min(answer.rejected.size(), FeedAnswer::kRejectedMax);
  for (std::size_t i = 0; i < listed; ++i) {
    const FeedAnswer::Rejection& rejection = answer.rejected[i];
    writer.begin_object().number("seq", rejection.seq).string("code", rejection.code);
    writer.string("detail", rejection.detail).end_object();
  }
  writer.end_array();
}

void write_cards(JsonWriter& writer, const FeedAnswer& answer) {
  if (answer.cards.empty()) return;
  writer.begin_array("cards");
  for (const FeedAnswer::Card& card : answer.cards) {
    writer.begin_object().number("seq", card.seq).string("status", text(card.status));
    write_optional(writer, "at", card.at);
    writer.end_object();
  }
  writer.end_array();
}

void write_rest(JsonWriter& writer, const FeedAnswer& answer) {
  write_rejected(writer, answer);
  write_issuer_digest(writer, "digest", answer.digest);
  write_optional(writer, "verification", answer.verification);
  if (answer.differing_buckets) {
    writer.begin_array("differing_buckets");
    for (const auto bucket : *answer.differing_buckets) writer.string(crypto::bucket_hex(bucket));
    writer.end_array();
  }
  write_cards(writer, answer);
}

}  // namespace

Result<FeedAnswer> decode_feed_answer(std::string_view json) {
  return decode_object<FeedAnswer>(json, read_answer, kAnswerBytesMax);
}

Result<FeedAck> decode_feed_ack(std::string_view json) {
  return decode_object<FeedAck>(json, read_ack, kAnswerBytesMax);
}

std::string encode(const FeedAnswer& answer) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().number("accepted_through", answer.accepted_through);
  writer.number("applied_through", answer.applied_through);
  if (answer.epoch) writer.number("epoch", *answer.epoch);
  write_rest(writer, answer);
  writer.end_object();
  return out;
}

std::string encode(const FeedAck& ack) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  if (ack.accepted_through) writer.number("accepted_through", *ack.accepted_through);
  if (ack.applied_through) writer.number("applied_through", *ack.applied_through);
  write_rest(writer, ack.answer);
  writer.end_object();
  return out;
}

}  // namespace cw::codec
