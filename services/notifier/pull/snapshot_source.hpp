#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/http/task.hpp"
#include "notifier/build_gate.hpp"
#include "notifier/issuer_feed.hpp"
#include "notifier/reconcile/repair_cut.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cw::notifier {

/// Buckets of a feed as replacing batches, made one by one as they are sent; in memory are the
/// cards of one bucket, or of several small ones. Made for all buckets it is a snapshot.
/// THREAD: not safe; the session's strand.
class SnapshotSource {
 public:
  struct Plan {
    std::shared_ptr<IssuerFeed> feed;
    std::uint32_t epoch = 1;
    std::uint64_t at = 0;                      ///< The seq at which all of it is true.
    std::vector<crypto::Bucket> buckets = {};  ///< Rising.
    bool snapshot = false;
    RepairLimits limits = {};
    crypto::PublicKey key;
  };

  /// `builder` outlives it; `gate` may be null.
  SnapshotSource(const BatchBuilder& builder, std::shared_ptr<BuildGate> gate, Plan plan);

  /// The next batch, JWE compact and a line feed, valid until the next call; empty after the last.
  /// Fails like open_bucket and crypto::jwe_encrypt.
  [[nodiscard]] http::Task<Result<std::string_view>> next();

 private:
  [[nodiscard]] http::Task<Status> load();
  [[nodiscard]] Result<std::string> seal(const RepairPart& part) const;

  const BatchBuilder& builder_;
  const std::shared_ptr<BuildGate> gate_;
  Plan plan_;
  std::size_t bucket_ = 0;  ///< The next of plan_.buckets to load.
  std::deque<RepairPart> parts_;
  std::string line_;
};

}  // namespace cw::notifier
