#include "issuer/journal_keeper.hpp"

namespace cw::issuer {
namespace {

constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::minutes kAfterFailure{1};

}  // namespace

JournalKeeper::JournalKeeper(const Inboxes& inboxes)
    : inboxes_(inboxes), thread_([this] { run(); }) {}

JournalKeeper::~JournalKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool JournalKeeper::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void JournalKeeper::run() {
  while (!stopping()) {
    for (const auto& [id, inbox] : inboxes_) look_at(*inbox);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLook, [this] { return stopping_; });
  }
}

void JournalKeeper::look_at(Inbox& inbox) {
  const auto failed = not_before_.find(inbox.issuer().get());
  if (failed != not_before_.end() && Clock::now() < failed->second) return;
  if (stopping() || !inbox.compaction_due()) return;
  const auto since = Clock::now();
  const auto done = inbox.compact([this] { return stopping(); });
  if (!done) return tell(inbox, done.error());
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since);
  log_.info("journal_compacted",
            "A journal was rewritten without what later batches superseded",
            {{"issuer", inbox.issuer().get()},
             {"bytes_before", done.value().bytes_before},
             {"bytes", done.value().bytes_after},
             {"took_ms", took.count()}});
}

void JournalKeeper::tell(const Inbox& inbox, const Error& error) {
  if (error.code == Errc::kCancelled) return;
  not_before_[inbox.issuer().get()] = Clock::now() + kAfterFailure;
  // A snapshot began meanwhile: that is no trouble.
  if (error.code == Errc::kConflict) return;
  log_.alarm("journal_compaction_failed",
             "A journal could not be compacted; it goes on growing, and it is tried again",
             {{"issuer", inbox.issuer().get()}, {"code", error.code}, {"detail", error.detail}});
}

}  // namespace cw::issuer
