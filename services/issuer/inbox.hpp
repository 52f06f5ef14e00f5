#pragma once

#include "issuer/behaviour.hpp"
#include "issuer/feed_receiver.hpp"
#include "issuer/journal.hpp"
#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cw::issuer {

/// What can be told of an issuer's list; counts of pushes are since the process started.
struct InboxFigures {
  std::string issuer;
  std::uint64_t entries = 0;
  std::uint32_t epoch = 0;
  std::uint64_t through = 0;
  std::string digest;
  std::uint64_t batches = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t gaps = 0;
  std::uint64_t refused = 0;  ///< For whatever other reason.
  std::uint64_t journal_bytes = 0;
};

/// The answer to one push.
struct Receipt {
  bool duplicate = false;
  codec::FeedAnswer answer;
};

/// One issuer: its receiver, its journal, its behaviour. A push is answered only after it is in
/// the journal on disk. THREAD: safe; a call may decrypt and wait for the disk.
class Inbox {
 public:
  struct Options {
    Journal::Options journal;
    std::chrono::seconds tolerance{};
  };
  /// Reads the journal back. Fails as Journal::open, or if a body cannot be read any more.
  [[nodiscard]] static Result<std::unique_ptr<Inbox>> open(IssuerId issuer,
                                                           ReceiverKeys keys,
                                                           Options options);

  /// Fails as FeedReceiver::open, or with kUnavailable if it cannot be stored.
  [[nodiscard]] Result<Receipt> accept(const Push& push, Instant now);

  [[nodiscard]] InboxFigures figures() const;
  /// What open() found: batches read back, and bytes of a half written one cut off.
  [[nodiscard]] std::uint64_t cut_bytes() const;
  [[nodiscard]] std::vector<HeldCard> page(std::uint64_t after, std::size_t limit) const;
  /// Ok while pushes can be stored.
  [[nodiscard]] Status ready() const;
  void replace_keys(ReceiverKeys keys);
  [[nodiscard]] BehaviourSwitch& behaviour() noexcept { return behaviour_; }
  [[nodiscard]] const IssuerId& issuer() const noexcept { return receiver_.issuer(); }

 private:
  Inbox(FeedReceiver receiver, Journal journal)
      : receiver_(std::move(receiver)), journal_(std::move(journal)) {}

  void count_refusal(const Error& error);

  mutable std::mutex mutex_;
  FeedReceiver receiver_;
  Journal journal_;
  std::uint64_t batches_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t refused_ = 0;
  BehaviourSwitch behaviour_;
};

}  // namespace cw::issuer
