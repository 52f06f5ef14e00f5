#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/codec/feed_batch.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/extra_work.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cw::notifier {

/// A message besides the feed's entries, ready to be sent: `head` and the canonical `texts` as a
/// batch, encrypted to the issuer. Issuer and epoch are the place's; without an id in `head` it
/// gets one of its own. Fails like crypto::jwe_encrypt.
[[nodiscard]] Result<BuiltBatch> message_batch(const ExtraPlace& place,
                                               codec::FeedBatchHead head,
                                               const std::vector<Sensitive>& texts);

/// A verification batch at `place`, with a state that cannot be guessed.
[[nodiscard]] Result<BuiltBatch> verification_batch(const ExtraPlace& place,
                                                    std::optional<codec::FeedNotice> notice = {},
                                                    std::optional<codec::DigestSums> digest = {});

}  // namespace cw::notifier
