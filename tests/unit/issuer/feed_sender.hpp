#pragma once

#include "issuer/feed_receiver.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/crypto/webhook_signature.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cw::issuer {

/// The sending side, as far as tests need it: builds, encrypts and signs batches for one issuer.
class FeedSender {
 public:
  explicit FeedSender(std::string issuer = "card-a");

  /// What the receiver of this feed is given.
  [[nodiscard]] ReceiverKeys receiver_keys() const;

  struct Entry {
    std::uint64_t seq = 0;
    std::uint64_t card = 0;  ///< Number of a test card.
    FeedOp op = FeedOp::kAddd;
    WatchLevel level = WatchLevel::kInFile;
  };
  [[nodiscard]] codec::FeedBatch batch(const codec::FeedBatchHead& head,
                                       const std::vector<Entry>& entries) const;

  /// A push with its own storage.
  struct Signed {
    std::string id;
    std::string timestamp;
    std::string signature;
    std::string body;

    [[nodiscard]] Push push() const {
      return {.headers = {.id = id, .timestamp = timestamp, .signature = signature}, .body = body};
    }
  };
  /// Entries in (after, through] of epoch 1, under the id "b-<after>-<through>".
  [[nodiscard]] Signed push(std::uint64_t after,
                            std::uint64_t through,
                            const std::vector<Entry>& entries,
                            std::uint32_t epoch = 1) const;
  /// Any batch under the id of its head.
  [[nodiscard]] Signed push(codec::FeedBatchHead head, const std::vector<Entry>& entries) const;
  [[nodiscard]] Signed sign(std::string id, std::string body, Instant at) const;
  [[nodiscard]] std::string encrypt(const std::string& text) const;

  [[nodiscard]] const IssuerId& issuer() const { return issuer_; }
  /// When everything here happens.
  [[nodiscard]] static Instant clock();

 private:
  [[nodiscard]] std::string text(const codec::FeedBatchHead& head,
                                 const std::vector<Entry>& entries) const;

  IssuerId issuer_;
  crypto::PrivateKey key_;
  std::string secret_;
};

/// The number of test card `card`.
[[nodiscard]] Pan card_number(std::uint64_t card);

inline constexpr codec::PositionRange kAllPositions{0, ~std::uint64_t{0}};

/// Heads of batches of "card-a", epoch 1 if nothing else is said.
[[nodiscard]] codec::FeedBatchHead plain_head(std::uint64_t after,
                                              std::uint64_t through,
                                              std::uint32_t epoch = 1);
[[nodiscard]] codec::FeedBatchHead repair_head(codec::PositionRange range,
                                               std::uint64_t through,
                                               std::uint32_t epoch = 1);
[[nodiscard]] codec::FeedBatchHead snapshot_head(codec::PositionRange range,
                                                 std::uint64_t through,
                                                 std::uint32_t epoch = 1);
[[nodiscard]] codec::FeedBatchHead verification_head(std::string state,
                                                     std::uint64_t through,
                                                     std::uint32_t epoch = 1);

}  // namespace cw::issuer
