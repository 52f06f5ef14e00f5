#pragma once

#include "issuer/card_book.hpp"
#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/crypto/message_signature.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "lib/domain/ids.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace cw::issuer {

/// What an issuer needs to read its feed. Several of each while one replaces the other.
struct ReceiverKeys {
  std::vector<crypto::PrivateKey> encryption;
  std::vector<crypto::WebhookVerifier> signing;               ///< Standard Webhooks.
  std::vector<crypto::VerificationKey> message_signing = {};  ///< HTTP message signatures.
};

/// A push as it came in.
struct Push {
  crypto::WebhookHeaders headers;
  std::string_view body;             ///< JWE compact.
  crypto::MessageView message = {};  ///< For HTTP message signatures; empty: it has none.
};

/// The receiving side of the feed protocol for one issuer, without I/O: what comes in is proved to
/// be the sender's before anything of it is read, and is taken once however often it comes.
/// A push is open()ed, stored by the caller, then take()n. THREAD: not safe.
class FeedReceiver {
 public:
  /// Ids of batches that are remembered, so that a retry costs no decryption.
  static constexpr std::size_t kIdsMax = 1024;

  FeedReceiver(IssuerId issuer, ReceiverKeys keys, std::chrono::seconds tolerance);

  enum class Kind : std::uint8_t {
    kFresh,         ///< To be stored and taken.
    kSameId,        ///< Was taken before, under the same id.
    kNothingNew,    ///< Under another id, but holds nothing beyond what was taken.
    kVerification,  ///< To be answered; changes nothing.
  };
  struct Opened {
    Kind kind = Kind::kSameId;
    codec::FeedBatch batch = {};  ///< Empty if kSameId.
  };
  /// Checks signature and timestamp, decrypts, reads. A push with an HTTP message signature is
  /// checked as such, every other as a Standard Webhook; a kind without keys is refused. Fails as
  /// crypto::verify_webhook or crypto::verify_message, or with kDecryptFailed, kKeyMismatch (a
  /// batch for another issuer), kConflict (it begins after what is held, replaces cards by a state
  /// that does not fit to it, or belongs to an epoch that is over), or as decode_feed_batch.
  [[nodiscard]] Result<Opened> open(const Push& push, Instant now) const;
  /// The same for a body that was pulled, which is not signed: the connection says who sent it.
  [[nodiscard]] Result<Opened> open_pulled(std::string_view body) const { return open_body(body); }

  /// Applies a fresh one.
  TakenEntries take(std::string_view id, const Opened& opened);
  /// Of one with nothing new: how much of it was known.
  [[nodiscard]] TakenEntries look_at(const Opened& opened) const;

  /// A record of the journal: a push that was accepted in an earlier life, or what is left of many
  /// (journal_compaction.hpp). Gives the number of its entries. Fails as open(), but for signature
  /// and time.
  [[nodiscard]] Result<std::size_t> replay(std::string_view id, std::string_view body);
  /// The batch in a body that was accepted. Fails as open().
  [[nodiscard]] Result<codec::FeedBatch> read(std::string_view body) const { return decrypt(body); }

  /// What is held, for the sender; everything as applied. To a verification also its state and,
  /// if it has a digest of what is held here, the buckets that differ.
  [[nodiscard]] codec::FeedAnswer answer(const Opened& opened) const;
  [[nodiscard]] codec::FeedAnswer answer() const { return answer(Opened{}); }
  /// The buckets in which `theirs` differs; nothing if it is of another state than ours.
  [[nodiscard]] std::optional<std::vector<crypto::Bucket>> differing(
      std::uint32_t epoch, const codec::DigestSums& theirs) const;
  [[nodiscard]] const CardBook& cards() const noexcept { return cards_; }
  /// For what no batch does.
  [[nodiscard]] CardBook& cards() noexcept { return cards_; }
  /// Ids that are remembered, oldest first.
  [[nodiscard]] const std::deque<std::string>& ids() const noexcept { return ids_; }
  [[nodiscard]] const IssuerId& issuer() const noexcept { return issuer_; }

  [[nodiscard]] const ReceiverKeys& keys() const noexcept { return keys_; }
  /// New keys, from new files.
  void replace_keys(ReceiverKeys keys) { keys_ = std::move(keys); }

 private:
  [[nodiscard]] Status prove(const Push& push, Instant now) const;
  [[nodiscard]] Result<Opened> open_body(std::string_view body) const;
  [[nodiscard]] Result<codec::FeedBatch> decrypt(std::string_view body) const;
  [[nodiscard]] Error gap(const codec::FeedBatchHead& head) const;
  [[nodiscard]] Result<std::size_t> restore(std::string_view body);
  void remember(std::string id);

  IssuerId issuer_;
  ReceiverKeys keys_;
  std::chrono::seconds tolerance_;
  std::unique_ptr<crypto::NonceBook> nonces_;  ///< Of message signatures.
  CardBook cards_;
  std::deque<std::string> ids_;  ///< Oldest first.
  std::unordered_set<std::string> known_ids_;
};

}  // namespace cw::issuer
