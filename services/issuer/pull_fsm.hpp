#pragma once

#include "lib/crypto/feed_digest.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace cw::issuer {

/// What a pulling issuer does next.
struct PullAction {
  enum class Kind : std::uint8_t {
    kVerify,    ///< Asks for a verification batch: whether the sender is there and knows us.
    kSnapshot,  ///< Takes the whole list.
    kAcknowledge,
    kRepair,   ///< Takes `buckets` anew.
    kDigest,   ///< Asks for the digest and compares.
    kEntries,  ///< Takes what is beyond what is held; the sender may hold the answer for `wait`.
    kPause,    ///< Does nothing for `wait`.
  };
  Kind kind = Kind::kPause;
  std::chrono::milliseconds wait{0};
  std::vector<crypto::Bucket> buckets = {};
};

/// The order in which a pulling issuer does things, without I/O: next() says what to do, the caller
/// does it and tells what came of it. Everything is done again until it succeeds, with a growing
/// pause after failures in a row. THREAD: not safe.
class PullFsm {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  struct Options {
    bool entries = true;  ///< False: the list is pushed; only acknowledge.
    std::chrono::milliseconds wait = std::chrono::seconds{30};  ///< Of a long poll.
    /// Between questions that had no answer, and the first pause after a failure.
    std::chrono::milliseconds interval = std::chrono::seconds{1};
    std::chrono::milliseconds digest_interval = std::chrono::hours{24};
  };
  static constexpr std::chrono::milliseconds kPauseMax = std::chrono::minutes{1};

  explicit PullFsm(Options options) : options_(options) {}

  struct State {
    bool empty = false;                 ///< Nothing of any epoch is held.
    bool to_acknowledge = false;        ///< Something was not acknowledged yet.
    std::optional<Time> more_due = {};  ///< When time alone gives something to acknowledge.
  };
  [[nodiscard]] PullAction next(Time now, const State& state);

  void verified() { verified_ = true; }
  void snapshot_taken();
  /// Entries came; `more` were waiting.
  void entries_came(bool more);
  void nothing_came(Time now);
  /// The sender's epoch is another, or what it sent does not follow.
  void lost_track() { snapshot_ = true; }
  /// What the digests' comparison gave; nothing if they were of different states.
  void compared(Time now, const std::optional<std::vector<crypto::Bucket>>& differing);
  void repaired();
  void acknowledged() { failures_ = 0; }
  /// The last action failed. What is not fetching entries does not keep them from being fetched.
  void failed(Time now);

  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }

 private:
  [[nodiscard]] PullAction choose(Time now, const State& state) const;
  [[nodiscard]] PullAction poll(Time now, const State& state) const;

  Options options_;
  bool verified_ = false;
  bool snapshot_ = false;
  bool caught_up_ = false;
  std::optional<Time> digest_due_;  ///< Nothing: as soon as caught up.
  std::vector<crypto::Bucket> repair_;
  Time pause_until_{};
  std::uint32_t failures_ = 0;  ///< In a row.
  Time asked_at_{};             ///< For entries.
  PullAction::Kind last_ = PullAction::Kind::kPause;
  bool entries_first_ = false;  ///< Before the next acknowledgement, since the last one failed.
};

}  // namespace cw::issuer
