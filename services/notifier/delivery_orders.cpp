// What others want of a DeliveryWorker besides its entries: orders, messages, acknowledgements.
#include "lib/base/time.hpp"
#include "notifier/delivery_worker.hpp"
#include "notifier/message_batch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;
using Kind = DeliveryEvent::Kind;

Error ending() {
  return {Errc::kCancelled, "this process ends"};
}

}  // namespace

http::Task<std::optional<Status>> DeliveryWorker::order(FeedOrder order,
                                                        std::chrono::milliseconds patience) {
  auto work = order_on_strand(shared_from_this(), std::move(order), patience);
  co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

http::Task<std::optional<Status>> DeliveryWorker::order_on_strand(
    Self self, FeedOrder order, std::chrono::milliseconds patience) {
  if (self->ended_ || self->stopping_) co_return Status{ending()};
  const auto ticket = std::make_shared<Ticket>(self->strand_);
  ticket->done.expires_after(patience);
  self->tickets_.push_back(ticket);
  self->fsm_.add(std::move(order));
  self->timer_.cancel();
  co_await ticket->done.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return ticket->outcome;
}

void DeliveryWorker::hand_out_outcomes() {
  for (Status& outcome : fsm_.take_outcomes()) {
    if (tickets_.empty()) return;
    tickets_.front()->outcome = std::move(outcome);
    tickets_.front()->done.cancel();
    tickets_.pop_front();
  }
}

void DeliveryWorker::add(std::shared_ptr<ExtraWork> work) {
  asio::post(strand_, [self = shared_from_this(), added = std::move(work)] {
    self->begin_extra(added);
    self->timer_.cancel();
  });
}

void DeliveryWorker::begin_extra(std::shared_ptr<ExtraWork> work) {
  if (ended_ || stopping_) return work->ended(ending());
  const DeliveryPhase phase = fsm_.phase();
  const bool stands = phase == DeliveryPhase::kHeld || phase == DeliveryPhase::kPaused ||
                      phase == DeliveryPhase::kDisabled;
  if (!stands) return extras_.push_back(std::move(work));
  work->ended(Error{Errc::kConflict,
                    "the feed is " + std::string{text(phase)} + ": nothing is sent to it"});
}

void DeliveryWorker::end_extras(const Status& status) {
  for (const auto& work : std::exchange(extras_, {})) work->ended(status);
}

void DeliveryWorker::on_ended() {
  ended_ = true;
  hand_out_outcomes();
  for (const auto& ticket : std::exchange(tickets_, {})) {
    ticket->outcome = Status{ending()};
    ticket->done.cancel();
  }
  end_extras(ending());
}

ExtraPlace DeliveryWorker::place() const {
  return {.issuer = issuer_,
          .epoch = env_->config.epoch,
          .through = accepted_through_,
          .target = *target_};
}

http::Task<DeliveryEvent> DeliveryWorker::build_message(DeliveryPurpose purpose) {
  if (cursor_error_) co_return Event{.kind = Kind::kTrouble, .error = *cursor_error_};
  const auto ready = prepare_target();
  if (!ready) co_return Event{.kind = Kind::kTrouble, .error = ready.error()};
  if (!ready.value()) co_return Event{.kind = Kind::kHeld};
  if (purpose == DeliveryPurpose::kExtra) co_return co_await build_extra();
  std::optional<codec::FeedNotice> notice;
  if (purpose == DeliveryPurpose::kNotice) {
    const FeedStanding announced = fsm_.announced();
    notice = codec::FeedNotice{.state = announced.state, .at = now()};
    if (!announced.reason.empty()) notice->reason = announced.reason;
  }
  auto built = verification_batch(place(), std::move(notice));
  if (!built) co_return Event{.kind = Kind::kTrouble, .error = std::move(built).error()};
  batch_ = std::move(built).value();
  co_return Event{.kind = Kind::kBuilt};
}

http::Task<DeliveryEvent> DeliveryWorker::build_extra() {
  while (!extras_.empty()) {
    const auto work = extras_.front();
    auto turn = co_await this->turn();
    auto next = co_await work->next(place());
    turn.reset();
    if (next && next.value()) {
      batch_ = std::move(*next.value());
      co_return Event{.kind = Kind::kBuilt};
    }
    extras_.pop_front();
    work->ended(next ? Status{Ok{}} : Status{std::move(next).error()});
  }
  fsm_.set_extra_waiting(false);
  co_return Event{.kind = Kind::kNothing};
}

http::Task<Status> DeliveryWorker::acknowledge(codec::FeedAck ack) {
  auto work = acknowledge_on_strand(shared_from_this(), std::move(ack));
  auto status = co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
  co_return std::move(*status);
}

http::Task<std::optional<Status>> DeliveryWorker::acknowledge_on_strand(Self self,
                                                                        codec::FeedAck ack) {
  if (self->ended_ || self->stopping_) co_return Status{ending()};
  if (auto taken = self->take_ack(ack); !taken) co_return taken;
  self->show();
  co_return co_await self->env_->states.save(self->state());
}

Status DeliveryWorker::take_ack(const codec::FeedAck& ack) {
  std::uint64_t accepted = ack.accepted_through.value_or(accepted_through_);
  std::uint64_t applied = ack.applied_through.value_or(applied_through_);
  const auto backwards = [](std::string_view what, std::uint64_t told, std::uint64_t held) {
    return Error{Errc::kAckBackwards,
                 std::string{what} + " " + std::to_string(told) + " is below " +
                     std::to_string(held) + ", which was acknowledged before"};
  };
  if (accepted < accepted_through_) {
    return backwards("accepted_through", accepted, accepted_through_);
  }
  if (applied < applied_through_) return backwards("applied_through", applied, applied_through_);
  const bool moves = pulls() && accepted > accepted_through_;
  if (pulls()) sent_through_ = feed_->figures().newest;
  note_never_sent(std::max(accepted, applied));
  // What is pushed is settled by the answer to the push; only who pulls moves the cursor here.
  accepted = std::min(accepted, moves ? sent_through_ : accepted_through_);
  if (moves || !ack.answer.rejected.empty()) {
    if (auto passed = take_rejected(accepted, ack.answer.rejected); !passed) return passed;
  }
  if (moves) {
    accepted_through_ = accepted;
    work_ = true;
  }
  note_applied(applied);
  if (ack.answer.digest) {
    const std::lock_guard lock{mutex_};
    shown_.issuer_digest = ack.answer.digest;
  }
  return Ok{};
}

/// With the cursor at `accepted`, or where it is if that is farther: entries were passed over.
Status DeliveryWorker::take_rejected(std::uint64_t accepted,
                                     const std::vector<codec::FeedAnswer::Rejection>& rejected) {
  std::vector<SetAsideMark> codes;
  for (const auto& rejection : rejected) codes.push_back({rejection.seq, rejection.code});
  if (auto kept = feed_->accept(std::max(accepted, feed_->figures().through), codes); !kept) {
    return kept;
  }
  if (rejected.empty()) return Ok{};
  env_->probe.rejected(issuer_, rejected.size());
  const std::lock_guard lock{mutex_};
  shown_.rejected += rejected.size();
  return Ok{};
}

bool DeliveryWorker::pulls() const {
  const auto settings = env_->control.settings(issuer_);
  return settings.feed && settings.feed->mode == FeedMode::kPull;
}

void DeliveryWorker::note_never_sent(std::uint64_t told_through) {
  // After a rewind by an earlier process it may well hold more than we know to have sent.
  const std::uint64_t sent = rewinds_ > 0 ? feed_->figures().newest : sent_through_;
  if (told_through <= sent) return;
  env_->probe.never_sent(issuer_);
  logger_.alarm("ack_never_sent",
                "the issuer acknowledged more than it was ever sent; that was cut off",
                {{"issuer", issuer_.get()},
                 {"code", Errc::kAckNeverSent},
                 {"acknowledged", told_through},
                 {"sent", sent}});
}

}  // namespace cw::notifier
