#include "notifier/message_batch.hpp"

#include "lib/crypto/random.hpp"
#include "notifier/sealed_batch.hpp"

#include <utility>

namespace cw::notifier {
namespace {

constexpr std::size_t kIdBytes = 16;

}  // namespace

Result<BuiltBatch> message_batch(const ExtraPlace& place,
                                 codec::FeedBatchHead head,
                                 const std::vector<Sensitive>& texts) {
  head.issuer = place.issuer;
  head.epoch = place.epoch;
  if (head.batch.empty()) head.batch = "m-" + crypto::random_hex(kIdBytes);
  auto body = sealed_batch(place.target.key, head, texts);
  if (!body) return std::move(body).error();
  return BuiltBatch{.id = head.batch,
                    .after = head.after,
                    .through = head.through,
                    .body = std::move(body).value(),
                    .entries = {},
                    .unsendable = {},
                    .verification = head.verification.value_or(""),
                    .replacing = head.replaces.has_value()};
}

Result<BuiltBatch> verification_batch(const ExtraPlace& place,
                                      std::optional<codec::FeedNotice> notice,
                                      std::optional<codec::DigestSums> digest) {
  return message_batch(place,
                       {.issuer = place.issuer,
                        .epoch = place.epoch,
                        .batch = {},
                        .after = place.through,
                        .through = place.through,
                        .more = false,
                        .verification = crypto::random_hex(kIdBytes),
                        .notice = std::move(notice),
                        .digest = std::move(digest)},
                       {});
}

}  // namespace cw::notifier
