#include "unit/issuer/feed_sender.hpp"

#include "lib/crypto/jwe.hpp"
#include "support/test_pan.hpp"

#include <stdexcept>
#include <utility>

namespace cw::issuer {
namespace {

WatchChange change(const IssuerId& issuer, const FeedSender::Entry& entry) {
  WatchChange change;
  change.op = entry.op;
  change.entry.issuer = issuer;
  if (entry.op == FeedOp::kDelt) return change;
  change.entry.level = entry.level;
  change.entry.expiry = {.year = 2010, .month = 3};
  change.entry.watch_from = parse_day("2009-07-17").value();
  change.entry.reasons = {{.incident = IncidentId{"alico-2009"},
                           .file = FileName{"extract-1"},
                           .level = entry.level,
                           .scope_revision = 3,
                           .since = parse_day("2009-09-11").value(),
                           .at_risk_from = parse_day("2008-02-26").value(),
                           .at_risk_to = parse_day("2008-03-26").value()}};
  return change;
}

codec::FeedBatchHead head_of(std::string batch, std::uint64_t through, std::uint32_t epoch) {
  codec::FeedBatchHead made;
  made.issuer = IssuerId{"card-a"};
  made.epoch = epoch;
  made.batch = std::move(batch);
  made.through = through;
  return made;
}

}  // namespace

codec::FeedBatchHead plain_head(std::uint64_t after, std::uint64_t through, std::uint32_t epoch) {
  auto made = head_of("b-" + std::to_string(after) + "-" + std::to_string(through), through, epoch);
  made.after = after;
  return made;
}

codec::FeedBatchHead repair_head(codec::PositionRange range,
                                 std::uint64_t through,
                                 std::uint32_t epoch) {
  auto made = head_of("r-" + crypto::position_hex(range.from), through, epoch);
  made.replaces = range;
  return made;
}

codec::FeedBatchHead snapshot_head(codec::PositionRange range,
                                   std::uint64_t through,
                                   std::uint32_t epoch) {
  auto made = head_of("s-" + crypto::position_hex(range.from), through, epoch);
  made.replaces = range;
  made.snapshot = true;
  made.more = range.through != kAllPositions.through;
  return made;
}

codec::FeedBatchHead verification_head(std::string state,
                                       std::uint64_t through,
                                       std::uint32_t epoch) {
  auto made = head_of("v-" + state, through, epoch);
  made.after = through;
  made.verification = std::move(state);
  return made;
}

Pan card_number(std::uint64_t card) {
  return Pan::parse(test::test_pan(card)).value();
}

FeedSender::FeedSender(std::string issuer)
    : issuer_(std::move(issuer)),
      key_(crypto::PrivateKey::generate(crypto::KeyType::kEcP256)),
      secret_("whsec_" + std::string(44, 'A') + "AAAA") {}

ReceiverKeys FeedSender::receiver_keys() const {
  return {.encryption = {key_},
          .signing = {crypto::WebhookVerifier::parse(Sensitive(secret_)).value()}};
}

Instant FeedSender::clock() {
  return parse_instant("2009-09-12T01:00:00Z").value();
}

std::string FeedSender::text(const codec::FeedBatchHead& head,
                             const std::vector<Entry>& entries) const {
  std::vector<Sensitive> texts;
  for (const Entry& entry : entries) {
    texts.push_back(
        codec::canonical_entry(entry.seq, card_number(entry.card), change(issuer_, entry)));
  }
  return std::string(codec::feed_batch(head, texts).reveal());
}

codec::FeedBatch FeedSender::batch(const codec::FeedBatchHead& head,
                                   const std::vector<Entry>& entries) const {
  auto decoded = codec::decode_feed_batch(text(head, entries));
  if (!decoded) throw std::runtime_error(decoded.error().detail);
  return std::move(decoded).value();
}

FeedSender::Signed FeedSender::push(std::uint64_t after,
                                    std::uint64_t through,
                                    const std::vector<Entry>& entries,
                                    std::uint32_t epoch) const {
  const std::string id = "b-" + std::to_string(after) + "-" + std::to_string(through);
  const std::string json =
      text({.issuer = issuer_, .epoch = epoch, .batch = id, .after = after, .through = through},
           entries);
  return sign(id, encrypt(json), clock());
}

FeedSender::Signed FeedSender::push(codec::FeedBatchHead head,
                                    const std::vector<Entry>& entries) const {
  head.issuer = issuer_;
  return sign(head.batch, encrypt(text(head, entries)), clock());
}

std::string FeedSender::encrypt(const std::string& text) const {
  auto body = crypto::jwe_encrypt(key_.public_key(), text);
  if (!body) throw std::runtime_error(body.error().detail);
  return std::move(body).value();
}

FeedSender::Signed FeedSender::sign(std::string id, std::string body, Instant at) const {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  Signed made{.id = std::move(id),
              .timestamp = std::to_string(seconds),
              .signature = {},
              .body = std::move(body)};
  const auto signer = crypto::WebhookSigner::parse(Sensitive(secret_)).value();
  made.signature = signer.sign({.id = made.id, .timestamp = seconds, .body = made.body});
  return made;
}

}  // namespace cw::issuer
