#include "issuer/inbox.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>

namespace cw::issuer {
namespace {

using Kind = FeedReceiver::Kind;

/// No id of a push has a slash.
std::string pulled_id(const FeedReceiver::Opened& opened) {
  return "pulled/" + opened.batch.head.batch;
}

/// A message signature covers no webhook-id; the batch's own is the same on every retry.
std::string id_of(const Push& push, const FeedReceiver::Opened& opened) {
  return push.headers.id.empty() ? opened.batch.head.batch : std::string(push.headers.id);
}

}  // namespace

Result<std::unique_ptr<Inbox>> Inbox::open(IssuerId issuer, ReceiverKeys keys, Options options) {
  FeedReceiver receiver(std::move(issuer), std::move(keys), options.tolerance);
  AppliedThrough applied(options.apply_delay);
  std::uint64_t items = 0;
  auto journal = Journal::open(options.journal, [&](const JournalRecord& record) -> Status {
    const auto entries = receiver.replay(record.id, record.body);
    if (!entries) return entries.error();
    items += entries.value() + 1;
    applied.accepted(receiver.cards().through(), record.received_at);
    return Ok{};
  });
  if (!journal) return std::move(journal).error();
  std::error_code ignored;
  std::filesystem::remove(compaction_path(options.journal.path), ignored);
  std::unique_ptr<Inbox> inbox(new Inbox(std::move(receiver),
                                         std::move(journal).value(),
                                         std::move(applied),
                                         std::move(options)));  // NOLINT: private constructor
  inbox->journal_items_ = items;
  return inbox;
}

Result<Receipt> Inbox::accept(const Push& push, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto opened = receiver_.open(push, now);
  if (!opened) return refuse(opened.error());
  const std::string id = id_of(push, opened.value());
  auto receipt = settle(id, push.body, opened.value(), now);
  if (receipt) receipt.value().answer.cards = answers_.for_push(id, now);
  return receipt;
}

Result<Receipt> Inbox::accept_pulled(std::string_view body, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto opened = receiver_.open_pulled(body);
  if (!opened) return refuse(opened.error());
  return settle(pulled_id(opened.value()), body, opened.value(), now);
}

Result<Receipt> Inbox::settle(std::string_view id,
                              std::string_view body,
                              const FeedReceiver::Opened& opened,
                              Instant now) {
  const bool fresh = opened.kind == Kind::kFresh;
  if (fresh) {
    const auto stored = store({.id = id, .received_at = now, .body = body}, opened);
    if (!stored) return stored.error();
  }
  Receipt receipt{.duplicate = opened.kind == Kind::kSameId || opened.kind == Kind::kNothingNew,
                  .more = opened.batch.head.more,
                  .answer = receiver_.answer(opened)};
  receipt.answer.applied_through = applied_.at(now);
  count(opened, receipt.answer);
  return receipt;
}

Status Inbox::store(const JournalRecord& record, const FeedReceiver::Opened& opened) {
  const auto stored = journal_.append(record);
  if (!stored) {
    ++counts_.refused;
    journal_full_ = stored.error().code == Errc::kLimitReached;
    return Error{Errc::kUnavailable, stored.error().detail};
  }
  journal_items_ += opened.batch.entries.size() + 1;
  const TakenEntries entries = receiver_.take(record.id, opened);
  count(entries);
  applied_.accepted(receiver_.cards().through(), record.received_at);
  const codec::FeedBatchHead& head = opened.batch.head;
  if (head.replaces && !head.snapshot) counts_.repaired += entries.taken;
  answers_.add(
      opened.batch, behaviour_.current().answers, record.received_at + options_.apply_delay);
  return Ok{};
}

void Inbox::count(const TakenEntries& entries) {
  counts_.repeated_entries += entries.repeated;
  counts_.older_entries += entries.older;
}

void Inbox::count(const FeedReceiver::Opened& opened, const codec::FeedAnswer& answer) {
  const codec::FeedBatchHead& head = opened.batch.head;
  switch (opened.kind) {
    case Kind::kSameId:
      ++counts_.duplicates;
      break;
    case Kind::kNothingNew:
      ++counts_.old;
      count(receiver_.look_at(opened));
      break;
    case Kind::kVerification:
      ++counts_.verifications;
      if (head.notice) ++counts_.notices;
      if (answer.differing_buckets) counts_.differing_buckets = answer.differing_buckets->size();
      break;
    case Kind::kFresh:
      ++counts_.batches;
      if (!head.replaces) break;
      if (!head.snapshot) ++counts_.repairs;
      if (head.snapshot && head.replaces->through == std::numeric_limits<std::uint64_t>::max()) {
        ++counts_.snapshots;
      }
      break;
  }
}

Error Inbox::refuse(const Error& error) {
  ++(error.code == Errc::kConflict ? counts_.gaps : counts_.refused);
  return error;
}

codec::FeedAnswer Inbox::acknowledgement(Instant now) {
  const std::lock_guard lock(mutex_);
  codec::FeedAnswer answer = receiver_.answer();
  answer.applied_through = applied_.at(now);
  answer.cards = answers_.for_ack(now);
  return answer;
}

void Inbox::acknowledged() {
  const std::lock_guard lock(mutex_);
  answers_.acknowledged();
}

std::optional<Instant> Inbox::next_acknowledgement() const {
  const std::lock_guard lock(mutex_);
  const auto applied = applied_.next();
  const auto answers = answers_.next();
  if (!applied || !answers) return applied ? applied : answers;
  return std::min(*applied, *answers);
}

std::optional<std::vector<crypto::Bucket>> Inbox::compare(std::uint32_t epoch,
                                                          const codec::DigestSums& theirs) {
  const std::lock_guard lock(mutex_);
  auto differing = receiver_.differing(epoch, theirs);
  if (differing) counts_.differing_buckets = differing->size();
  return differing;
}

FeedPosition Inbox::position() const {
  const std::lock_guard lock(mutex_);
  return {.epoch = receiver_.cards().epoch(), .through = receiver_.cards().through()};
}

InboxFigures Inbox::figures() {
  const std::lock_guard lock(mutex_);
  const CardBook& cards = receiver_.cards();
  InboxFigures figures = counts_;
  figures.issuer = receiver_.issuer().get();
  figures.entries = cards.size();
  figures.epoch = cards.epoch();
  figures.through = cards.through();
  figures.applied_through = applied_.at(now());
  figures.digest = cards.digest().hex();
  figures.answers = answers_.given();
  figures.journal_bytes = journal_.bytes();
  return figures;
}

std::uint64_t Inbox::cut_bytes() const {
  const std::lock_guard lock(mutex_);
  return journal_.cut_bytes();
}

std::vector<HeldCard> Inbox::page(std::uint64_t after, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  return receiver_.cards().page(after, limit);
}

std::size_t Inbox::forget(std::size_t count) {
  const std::lock_guard lock(mutex_);
  return receiver_.cards().forget(count);
}

/// An estimate: items are taken to be of one size.
std::uint64_t Inbox::superseded_bytes() const {
  const std::uint64_t needed = receiver_.cards().size() + 1;
  if (needed >= journal_items_) return 0;
  const auto share =
      static_cast<double>(journal_items_ - needed) / static_cast<double>(journal_items_);
  return static_cast<std::uint64_t>(static_cast<double>(journal_.bytes()) * share);
}

bool Inbox::compaction_due() const {
  constexpr std::uint64_t kShareOfFull = 8;
  const std::lock_guard lock(mutex_);
  const CardBook& cards = receiver_.cards();
  if (!journal_.usable() || cards.epoch() == 0 || !cards.settled()) return false;
  const std::uint64_t bytes = journal_.bytes();
  const std::uint64_t most =
      journal_full_ ? bytes / kShareOfFull : std::max(options_.superseded_max, bytes / 2);
  return superseded_bytes() > most;
}

Result<Inbox::CompactionFigures> Inbox::compact(const std::function<bool()>& stopping) {
  CompactionPlan plan;
  plan.journal = options_.journal.path;
  plan.issuer = issuer();
  plan.stopping = stopping;
  {
    const std::lock_guard lock(mutex_);
    plan.bytes = journal_.bytes();
    // What is not in force yet has to be read back with its own time.
    plan.received_by = now() - options_.apply_delay;
    plan.keys = receiver_.keys();
  }
  auto compacted = issuer::compact(plan);
  if (!compacted) return std::move(compacted).error();
  Compacted& made = compacted.value();
  const std::lock_guard lock(mutex_);
  CompactionFigures figures{.bytes_before = journal_.bytes()};
  const auto replaced = journal_.replace_by(std::move(made.journal), made.part);
  if (!replaced) return replaced.error();
  journal_items_ = journal_items_ - made.items_before + made.items;
  journal_full_ = false;
  figures.bytes_after = journal_.bytes();
  return figures;
}

Status Inbox::ready() const {
  const std::lock_guard lock(mutex_);
  if (journal_.usable()) return Ok{};
  return Error{Errc::kFileWrite, "the journal of " + receiver_.issuer().get() + " is unusable"};
}

void Inbox::replace_keys(ReceiverKeys keys) {
  const std::lock_guard lock(mutex_);
  receiver_.replace_keys(std::move(keys));
}

}  // namespace cw::issuer
