// What an answer of the issuer means for the cursor and the entries.
#include "lib/base/time.hpp"
#include "notifier/delivery_worker.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace cw::notifier {
namespace {

using Kind = DeliveryEvent::Kind;
using Clock = std::chrono::steady_clock;

}  // namespace

void DeliveryWorker::note_outcome(DeliveryPurpose purpose, PushOutcome& outcome) {
  const bool accepted = outcome.event.kind == Kind::kAccepted;
  if (outcome.event.kind == Kind::kGap) judge_gap(outcome);
  if (purpose == DeliveryPurpose::kEntries) {
    if (accepted) note_accepted(outcome);
    return;
  }
  if (accepted) {
    told_.reset();
    if (purpose == DeliveryPurpose::kProbe && !fsm_.asked()) {
      outcome.event.moved = catch_up(outcome.answer);
    }
    // A repair has changed what it holds.
    const std::lock_guard lock{mutex_};
    if (outcome.answer.digest) shown_.issuer_digest = outcome.answer.digest;
  }
  const bool answered =
      accepted || outcome.event.kind == Kind::kRefused || outcome.event.kind == Kind::kGap;
  if (purpose == DeliveryPurpose::kExtra && answered) extras_.front()->answered(outcome);
}

/// What an earlier process sent and did not live to save is not sent again, in other batches.
/// True if the cursor has moved.
bool DeliveryWorker::catch_up(const codec::FeedAnswer& answer) {
  const std::uint64_t told = answer.accepted_through;
  // Without an epoch it is ours if the issuer has accepted something of ours before.
  const bool ours = answer.epoch ? *answer.epoch == env_->config.epoch : accepted_through_ > 0;
  if (!ours || told <= accepted_through_) return false;
  sent_through_ = std::max(sent_through_, std::min(told, feed_->figures().newest));
  note_never_sent(told);
  if (told > sent_through_ || !feed_->accept(told)) return false;
  logger_.info("feed_caught_up",
               "the issuer has more than was saved here; delivery goes on behind it",
               {{"issuer", issuer_.get()}, {"from", accepted_through_}, {"to", told}});
  accepted_through_ = told;
  note_applied(answer.applied_through);
  return true;
}

void DeliveryWorker::note_accepted(PushOutcome& outcome) {
  std::set<std::uint64_t> rejected;
  std::vector<SetAsideMark> codes;
  for (const auto& rejection : outcome.answer.rejected) {
    rejected.insert(rejection.seq);
    codes.push_back({rejection.seq, rejection.code});
  }
  std::vector<DeliveredEntry> delivered;
  std::size_t refused = 0;
  for (const DeliveredEntry& entry : batch_.entries) {
    if (entry.seq > outcome.through) continue;
    if (rejected.contains(entry.seq)) {
      ++refused;
    } else {
      delivered.push_back(entry);
    }
  }
  for (SetAsideMark& mark : unsendable_marks()) codes.push_back(std::move(mark));
  feed_->advance(outcome.through, delivered, codes);
  outcome.event.save_later =
      outcome.told_through > 0 && Clock::now() - saved_at_ < env_->config.push.save_interval;
  told_.reset();
  accepted_through_ = outcome.through;
  note_never_sent(outcome.told_through);
  for (const double delay : scope_delay_.accepted(outcome.through, now())) {
    env_->probe.scope_accepted(issuer_, delay);
  }
  note_applied(outcome.answer.applied_through);
  for (const std::uint64_t seq : passed_over_) note_set_aside(seq, name(Errc::kRemoteRefused));
  passed_over_.clear();
  note_unsendable(outcome.through);
  env_->probe.delivered(issuer_, delivered.size());
  if (refused > 0) env_->probe.rejected(issuer_, refused);
  const std::lock_guard lock{mutex_};
  shown_.issuer_digest = outcome.answer.digest;
  shown_.rejected += refused;
}

void DeliveryWorker::note_applied(std::uint64_t applied_through) {
  applied_through_ = std::max(applied_through_, std::min(applied_through, accepted_through_));
  for (const double delay : scope_delay_.applied(applied_through_, now())) {
    env_->probe.scope_applied(issuer_, delay);
  }
}

std::vector<SetAsideMark> DeliveryWorker::unsendable_marks() const {
  std::vector<SetAsideMark> marks;
  for (const UnsendableEntry& entry : batch_.unsendable) {
    marks.push_back({entry.seq, std::string{name(entry.error.code)}});
  }
  return marks;
}

void DeliveryWorker::note_unsendable(std::uint64_t through) {
  for (const UnsendableEntry& entry : batch_.unsendable) {
    if (entry.seq <= through) note_set_aside(entry.seq, name(entry.error.code));
  }
}

void DeliveryWorker::note_set_aside(std::uint64_t seq, std::string_view code) {
  env_->probe.set_aside(issuer_);
  logger_.warn_throttled(set_aside_lines_,
                         "entry_set_aside",
                         "an entry was given up; the feed goes on",
                         {{"issuer", issuer_.get()}, {"seq", seq}, {"code", code}});
  const std::lock_guard lock{mutex_};
  ++shown_.set_aside;
  shown_.set_aside_newest.push_back({seq, std::string{code}});
  if (shown_.set_aside_newest.size() > DeliveryStatus::kSetAsideListedMax) {
    shown_.set_aside_newest.pop_front();
  }
}

/// A receiver that stands behind us is believed, now and then: it may have been restored from a
/// backup. One that tells it all the time gets pauses like any that fails.
void DeliveryWorker::judge_gap(PushOutcome& outcome) const {
  const std::uint32_t epoch = env_->config.epoch;
  const GapAnswer gap = outcome.gap.value_or(GapAnswer{});
  const std::uint64_t there = gap.epoch == epoch ? gap.accepted_through : 0;
  const bool due = !rewound_at_ || Clock::now() - *rewound_at_ >= env_->config.push.recheck;
  outcome.event.through = there;
  outcome.event.may_rewind = due && gap.epoch <= epoch && there < accepted_through_;
}

DeliveryEvent DeliveryWorker::put_back(std::uint64_t through) {
  if (through > accepted_through_) {
    return {.kind = Kind::kMoveFailed,
            .error = {Errc::kConflict,
                      "seq " + std::to_string(through) + " is beyond the cursor, " +
                          std::to_string(accepted_through_)}};
  }
  if (auto moved = feed_->rewind(through); !moved) {
    return {.kind = Kind::kMoveFailed, .error = std::move(moved).error()};
  }
  logger_.alarm("feed_rewound",
                "the cursor was put back; entries are sent again",
                {{"issuer", issuer_.get()}, {"from", accepted_through_}, {"to", through}});
  env_->probe.rewind(issuer_);
  accepted_through_ = through;
  applied_through_ = std::min(applied_through_, through);
  passed_over_.clear();
  ++rewinds_;
  rewound_at_ = Clock::now();
  return {.kind = Kind::kMoved};
}

}  // namespace cw::notifier
