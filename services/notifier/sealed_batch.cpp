#include "notifier/sealed_batch.hpp"

#include "lib/base/time.hpp"
#include "lib/crypto/jwe.hpp"
#include "lib/crypto/random.hpp"

#include <chrono>

namespace cw::notifier {

Result<std::string> sealed_batch(const crypto::PublicKey& key,
                                 const codec::FeedBatchHead& head,
                                 const std::vector<Sensitive>& entries) {
  const auto json = codec::feed_batch(head, entries);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch());
  return crypto::jwe_encrypt(
      key, json.reveal(), {.cty = "json", .iat = seconds.count(), .extra = {}});
}

std::string fresh_batch_id() {
  constexpr std::size_t kIdBytes = 16;
  return "p-" + crypto::random_hex(kIdBytes);
}

}  // namespace cw::notifier
