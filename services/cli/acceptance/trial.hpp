#pragma once

#include "cli/acceptance/endpoint.hpp"
#include "cli/acceptance/test_feed.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cw::cli {

/// Why a check has failed, for the engineer of the endpoint; nothing: it has passed.
using Why = std::optional<std::string>;

/// What to do about an entry of a step.
struct Change {
  std::uint64_t card = 0;
  FeedOp op = FeedOp::kAddd;
  WatchLevel level = WatchLevel::kInFile;
  bool unknown_member = false;
};

/// A feed on its way to an endpoint: sends batches, follows what a right receiver holds and asks
/// the receiver whether it is so. Every step gives why it is not. THREAD: not safe.
class Trial {
 public:
  /// `run`: what tells the batches of this run from those of any other.
  Trial(Endpoint& endpoint, TestFeed feed, std::string run, std::size_t batch_max);

  /// The list of the receiver is not compared any more: it cannot compute a digest.
  void trust_no_digest() { digests_ = false; }
  [[nodiscard]] bool trusts_digests() const noexcept { return digests_; }

  [[nodiscard]] TestFeed& feed() noexcept { return feed_; }
  /// Entries in the largest batch.
  [[nodiscard]] std::size_t batch_max() const noexcept { return batch_max_; }
  [[nodiscard]] std::string new_id();

  /// The next batch of the feed with these changes, not sent.
  [[nodiscard]] TestBatch next(const std::vector<Change>& changes) const;
  /// A verification batch with further members.
  [[nodiscard]] TestBatch verification(const std::string& state, std::string members = {}) const;
  /// A replacing batch with all that is held of these positions.
  [[nodiscard]] TestBatch replacing(std::string_view from, std::string_view through) const;

  [[nodiscard]] Answer send(const TestBatch& batch, const Sending& sending);
  [[nodiscard]] Answer send(const TestBatch& batch) { return send(batch, {.id = new_id()}); }
  [[nodiscard]] Answer send_for(const std::string& issuer, const TestBatch& batch);
  [[nodiscard]] Answer send_again(const std::string& id) { return endpoint_.push_again(id); }

  /// Sends the next batch; it must be taken. `sent`, if given, becomes the batch.
  [[nodiscard]] Why deliver(const std::vector<Change>& changes, TestBatch* sent = nullptr);
  [[nodiscard]] Why deliver(const TestBatch& batch, const Sending& sending);
  /// Everything in replacing batches; each must be taken.
  [[nodiscard]] Why snapshot();

  /// Asks for a comparison of digests: the receiver must hold what it should, in every bucket.
  [[nodiscard]] Why holds();
  /// Why the answer to a batch is not "taken", with the cursor where it should be.
  [[nodiscard]] Why taken(const Answer& answer) const;
  /// The answer must refuse what never came from the sender, and the list be as before.
  [[nodiscard]] Why refused(const Answer& answer);
  /// The answer must be 409 with the receiver's place, and the list be as before.
  [[nodiscard]] Why gap_told(const Answer& answer);

 private:
  Endpoint& endpoint_;
  TestFeed feed_;
  std::string run_;
  std::size_t batch_max_;
  std::uint64_t sent_ = 0;
  bool digests_ = true;
};

/// "status 503 UNAVAILABLE", or why there is none.
[[nodiscard]] std::string described(const Answer& answer);

/// The echo of a verification: the state, under 200.
[[nodiscard]] Why echoed(const Answer& answer, const std::string& state);

}  // namespace cw::cli
