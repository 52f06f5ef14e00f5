#include "feed_samples.hpp"

#include "lib/codec/watch_codec.hpp"
#include "lib/crypto/sha256.hpp"
#include "support/test_pan.hpp"

#include <algorithm>

namespace cw::notifier::test {

const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

Pan pan(std::uint64_t sequence) {
  return Pan::parse(cw::test::test_pan(sequence)).value();
}

CardRef card(std::uint64_t sequence) {
  const auto hash = crypto::sha256("card " + std::to_string(sequence));
  CardRef card;
  std::copy_n(hash.begin(), card.bytes.size(), card.bytes.begin());
  return card;
}

WatchChange change(std::uint64_t sequence, FeedOp op, WatchLevel level) {
  WatchChange result{op, {}};
  WatchEntry& entry = result.entry;
  entry.issuer = kIssuer;
  entry.card = card(sequence);
  entry.level = level;
  entry.expiry = Expiry{2010, 3};
  entry.sealed_pan = crypto::seal(keys().data, pan(sequence), entry.card);
  entry.file_key = keys().data.id();
  if (op == FeedOp::kDelt) return result;
  entry.watch_from = parse_day("2009-07-24").value();
  entry.reasons.push_back({IncidentId{"alico-2009"},
                           FileName{"extract-1"},
                           level,
                           3,
                           parse_day("2009-09-11").value(),
                           parse_day("2008-03-10").value(),
                           parse_day("2008-04-10").value()});
  return result;
}

WatchChange bare_removal(std::uint64_t sequence) {
  WatchChange result{FeedOp::kDelt, {}};
  result.entry.issuer = kIssuer;
  result.entry.card = card(sequence);
  return result;
}

FeedSettings settings(std::string url) {
  return {.url = std::move(url),
          .encryption_key = keys().issuer.public_key().to_jwk(),
          .signing_secret = "jcb-a",
          .batch_max = 500,
          .allow_private_address = true};
}

Issuer issuer_record(std::uint32_t version, std::optional<FeedSettings> feed) {
  return {
      .id = kIssuer,
      .version = version,
      .name = "JCB A",
      .iin_ranges = {"35699900"},
      .feed = std::move(feed),
      .effective_at = parse_instant("2009-07-20T00:00:00Z").value() + std::chrono::seconds{version},
      .by = Principal{"desk-a"}};
}

FileLoad file_load() {
  return {.incident = IncidentId{"alico-2009"},
          .file = FileName{"extract-1"},
          .key = keys().data.id(),
          .wrapped_key = keys().wrapped,
          .state = FileLoadState::kOpened,
          .sha256 = {},
          .received_at = parse_instant("2009-07-24T00:00:00Z").value(),
          .by = Principal{"desk-a"}};
}

Result<std::shared_ptr<IssuerFeed>> write(FeedStore& store,
                                          std::int64_t offset,
                                          const WatchChange& change) {
  const std::string value = codec::encode(change);
  return store.apply({.partition = 0, .offset = offset, .timestamp_ms = 1000, .value = value});
}

}  // namespace cw::notifier::test
