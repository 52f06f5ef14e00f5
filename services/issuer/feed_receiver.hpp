#pragma once

#include "issuer/card_book.hpp"
#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "lib/domain/ids.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace cw::issuer {

/// What an issuer needs to read its feed. Several of each while one replaces the other.
struct ReceiverKeys {
  std::vector<crypto::PrivateKey> encryption;
  std::vector<crypto::WebhookVerifier> signing;
};

/// A push as it came in.
struct Push {
  crypto::WebhookHeaders headers;
  std::string_view body;  ///< JWE compact.
};

/// The receiving side of the feed protocol for one issuer, without I/O: what comes in is proved to
/// be the sender's before anything of it is read, and is taken once however often it comes.
/// A push is open()ed, stored by the caller, then take()n. THREAD: not safe.
class FeedReceiver {
 public:
  /// Ids of batches that are remembered, so that a retry costs no decryption.
  static constexpr std::size_t kIdsMax = 1024;

  FeedReceiver(IssuerId issuer, ReceiverKeys keys, std::chrono::seconds tolerance);

  struct Opened {
    bool fresh = false;      ///< False: it was taken before, or holds nothing beyond that.
    codec::FeedBatch batch;  ///< Of a fresh one.
  };
  /// Checks signature and timestamp, decrypts, reads. Fails with kSignatureInvalid, kTimestampSkew,
  /// kDecryptFailed, kKeyMismatch (a batch for another issuer), kConflict (it begins after what is
  /// held, or belongs to an epoch that is over), or as decode_feed_batch.
  [[nodiscard]] Result<Opened> open(const Push& push, Instant now) const;

  /// Applies a fresh one. Returns the number of entries that changed something.
  std::size_t take(std::string_view id, const Opened& opened);

  /// A push that was accepted in an earlier life. Fails as open(), but for signature and time.
  [[nodiscard]] Status replay(std::string_view id, std::string_view body);

  /// What is held, for the sender.
  [[nodiscard]] codec::FeedAnswer answer() const;
  [[nodiscard]] const CardBook& cards() const noexcept { return cards_; }
  [[nodiscard]] const IssuerId& issuer() const noexcept { return issuer_; }

  /// New keys, from new files.
  void replace_keys(ReceiverKeys keys) { keys_ = std::move(keys); }

 private:
  [[nodiscard]] Result<Opened> open_body(std::string_view body) const;
  [[nodiscard]] Result<codec::FeedBatch> decrypt(std::string_view body) const;
  [[nodiscard]] Error gap(const codec::FeedBatchHead& head) const;
  void remember(std::string id);

  IssuerId issuer_;
  ReceiverKeys keys_;
  std::chrono::seconds tolerance_;
  CardBook cards_;
  std::deque<std::string> ids_;  ///< Oldest first.
  std::unordered_set<std::string> known_ids_;
};

}  // namespace cw::issuer
