#pragma once

#include "issuer/applied_through.hpp"
#include "issuer/behaviour.hpp"
#include "issuer/card_answers.hpp"
#include "issuer/feed_receiver.hpp"
#include "issuer/journal.hpp"
#include "issuer/journal_compaction.hpp"
#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cw::issuer {

/// What can be told of an issuer's list; counts are since the process started.
struct InboxFigures {
  std::string issuer = {};
  std::uint64_t entries = 0;
  std::uint32_t epoch = 0;
  std::uint64_t through = 0;
  std::uint64_t applied_through = 0;
  std::string digest = {};
  std::uint64_t batches = 0;
  std::uint64_t duplicates = 0;  ///< Sent again under the same id.
  std::uint64_t old = 0;         ///< Under another id, and nothing new in them.
  std::uint64_t gaps = 0;
  std::uint64_t refused = 0;  ///< For whatever other reason.
  std::uint64_t verifications = 0;
  std::uint64_t notices = 0;           ///< Changes of the feed's state that were announced.
  std::uint64_t snapshots = 0;         ///< Whole ones.
  std::uint64_t repairs = 0;           ///< Replacing batches outside of snapshots.
  std::uint64_t repaired = 0;          ///< Cards that they changed.
  std::uint64_t repeated_entries = 0;  ///< TakenEntries.
  std::uint64_t older_entries = 0;
  std::uint64_t answers = 0;
  std::optional<std::size_t> differing_buckets = {};  ///< When they were compared last.
  std::uint64_t journal_bytes = 0;
};

/// The answer to one batch.
struct Receipt {
  bool duplicate = false;
  bool more = false;  ///< The sender had further entries.
  codec::FeedAnswer answer;
};

/// Where a receiver stands, as a refused sender is told.
struct FeedPosition {
  std::uint32_t epoch = 0;
  std::uint64_t through = 0;
};

/// One issuer: its receiver, its journal, its behaviour. A batch is answered only after it is in
/// the journal on disk. THREAD: safe; a call may decrypt and wait for the disk.
class Inbox {
 public:
  struct Options {
    Journal::Options journal;
    /// Bytes of the journal that later batches have made needless, from which on it is compacted;
    /// they must be half of it, too, or 1/8 of one that is full.
    std::uint64_t superseded_max = std::uint64_t{64} << 20U;
    std::chrono::seconds tolerance{};
    std::chrono::milliseconds apply_delay{0};  ///< From accepted to applied.
    /// That it is pushed to, as a message signature covers it; empty: as the request says.
    std::string url = {};
  };
  /// Reads the journal back. Fails as Journal::open, or if a body cannot be read any more.
  [[nodiscard]] static Result<std::unique_ptr<Inbox>> open(IssuerId issuer,
                                                           ReceiverKeys keys,
                                                           Options options);

  /// Fails as FeedReceiver::open, or with kUnavailable if it cannot be stored.
  [[nodiscard]] Result<Receipt> accept(const Push& push, Instant now);
  /// A body that was pulled. Fails as FeedReceiver::open_pulled, or with kUnavailable.
  [[nodiscard]] Result<Receipt> accept_pulled(std::string_view body, Instant now);

  /// What to acknowledge to the sender apart from a push: the state, and answers about cards that
  /// are due. The same answers until acknowledged().
  [[nodiscard]] codec::FeedAnswer acknowledgement(Instant now);
  void acknowledged();
  /// When there is more to acknowledge, as far as that is a matter of time.
  [[nodiscard]] std::optional<Instant> next_acknowledgement() const;

  /// Compares a digest of the sender with what is held; nothing if it is of another state.
  std::optional<std::vector<crypto::Bucket>> compare(std::uint32_t epoch,
                                                     const codec::DigestSums& theirs);

  [[nodiscard]] FeedPosition position() const;
  [[nodiscard]] InboxFigures figures();
  /// What open() found: batches read back, and bytes of a half written one cut off.
  [[nodiscard]] std::uint64_t cut_bytes() const;
  [[nodiscard]] std::vector<HeldCard> page(std::uint64_t after, std::size_t limit) const;
  /// Loses cards, see CardBook::forget; not from the journal: a restart brings them back.
  std::size_t forget(std::size_t count);

  /// Whether the journal should be compacted.
  [[nodiscard]] bool compaction_due() const;
  struct CompactionFigures {
    std::uint64_t bytes_before = 0;
    std::uint64_t bytes_after = 0;
  };
  /// Compacts the journal; takes as long as reading it twice, and batches are taken meanwhile. At
  /// every moment a crash leaves a whole journal. `stopping` is asked now and then. Fails as
  /// issuer::compact and Journal::replace_by. One call at a time.
  [[nodiscard]] Result<CompactionFigures> compact(const std::function<bool()>& stopping = {});

  /// Ok while pushes can be stored.
  [[nodiscard]] Status ready() const;
  void replace_keys(ReceiverKeys keys);
  [[nodiscard]] BehaviourSwitch& behaviour() noexcept { return behaviour_; }
  [[nodiscard]] const IssuerId& issuer() const noexcept { return receiver_.issuer(); }
  [[nodiscard]] const std::string& url() const noexcept { return options_.url; }

 private:
  Inbox(FeedReceiver receiver, Journal journal, AppliedThrough applied, Options options)
      : receiver_(std::move(receiver)),
        journal_(std::move(journal)),
        applied_(std::move(applied)),
        options_(std::move(options)) {}

  [[nodiscard]] Result<Receipt> settle(std::string_view id,
                                       std::string_view body,
                                       const FeedReceiver::Opened& opened,
                                       Instant now);
  [[nodiscard]] Status store(const JournalRecord& record, const FeedReceiver::Opened& opened);
  void count(const FeedReceiver::Opened& opened, const codec::FeedAnswer& answer);
  void count(const TakenEntries& entries);
  [[nodiscard]] Error refuse(const Error& error);
  [[nodiscard]] std::uint64_t superseded_bytes() const;

  mutable std::mutex mutex_;
  FeedReceiver receiver_;
  Journal journal_;
  AppliedThrough applied_;
  const Options options_;
  std::uint64_t journal_items_ = 0;  ///< See Compacted.
  bool journal_full_ = false;
  CardAnswers answers_;
  InboxFigures counts_;  ///< Only what is counted here.
  BehaviourSwitch behaviour_;
};

}  // namespace cw::issuer
