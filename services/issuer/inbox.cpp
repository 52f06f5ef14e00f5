#include "issuer/inbox.hpp"

namespace cw::issuer {

Result<std::unique_ptr<Inbox>> Inbox::open(IssuerId issuer, ReceiverKeys keys, Options options) {
  FeedReceiver receiver(std::move(issuer), std::move(keys), options.tolerance);
  auto journal = Journal::open(std::move(options.journal), [&](const JournalRecord& record) {
    return receiver.replay(record.id, record.body);
  });
  if (!journal) return std::move(journal).error();
  return std::unique_ptr<Inbox>(
      new Inbox(std::move(receiver), std::move(journal).value()));  // NOLINT: private constructor
}

Result<Receipt> Inbox::accept(const Push& push, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto opened = receiver_.open(push, now);
  if (!opened) {
    count_refusal(opened.error());
    return opened.error();
  }
  if (!opened.value().fresh) {
    ++duplicates_;
    return Receipt{.duplicate = true, .answer = receiver_.answer()};
  }
  const auto stored =
      journal_.append({.id = push.headers.id, .received_at = now, .body = push.body});
  if (!stored) {
    ++refused_;
    return Error{Errc::kUnavailable, stored.error().detail};
  }
  receiver_.take(push.headers.id, opened.value());
  ++batches_;
  return Receipt{.duplicate = false, .answer = receiver_.answer()};
}

void Inbox::count_refusal(const Error& error) {
  ++(error.code == Errc::kConflict ? gaps_ : refused_);
}

InboxFigures Inbox::figures() const {
  const std::lock_guard lock(mutex_);
  const CardBook& cards = receiver_.cards();
  return {.issuer = receiver_.issuer().get(),
          .entries = cards.size(),
          .epoch = cards.epoch(),
          .through = cards.through(),
          .digest = cards.digest().hex(),
          .batches = batches_,
          .duplicates = duplicates_,
          .gaps = gaps_,
          .refused = refused_,
          .journal_bytes = journal_.bytes()};
}

std::uint64_t Inbox::cut_bytes() const {
  const std::lock_guard lock(mutex_);
  return journal_.cut_bytes();
}

std::vector<HeldCard> Inbox::page(std::uint64_t after, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  return receiver_.cards().page(after, limit);
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
