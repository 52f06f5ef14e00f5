#include "notifier/reconcile/reconciler.hpp"

#include "lib/crypto/sha256.hpp"
#include "notifier/one_shot.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

std::int64_t turn_of(const IssuerId& issuer, Instant at, std::chrono::milliseconds interval) {
  const auto hash = crypto::sha256(issuer.get());
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < sizeof offset; ++i) offset = (offset << 8U) | hash.at(i);
  const auto length = static_cast<std::uint64_t>(interval.count());
  const auto shifted =
      std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count() +
      static_cast<std::int64_t>(offset % length);
  return shifted / interval.count();
}

Reconciler::Reconciler(asio::any_io_executor executor,
                       ReconcileOptions options,
                       const BatchBuilder& builder,
                       const ReconcileProbe& probe,
                       Hooks hooks)
    : executor_(std::move(executor)),
      options_(options),
      builder_(builder),
      probe_(probe),
      hooks_(std::move(hooks)),
      clock_(std::make_shared<asio::steady_timer>(asio::make_strand(executor_))) {}

void Reconciler::start() {
  asio::co_spawn(clock_->get_executor(), schedule(shared_from_this()), asio::detached);
}

void Reconciler::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  asio::post(clock_->get_executor(), [clock = clock_] { clock->cancel(); });
}

bool Reconciler::stopping() const {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

http::Task<void> Reconciler::schedule(std::shared_ptr<Reconciler> self) {
  while (!self->stopping()) {
    for (const IssuerId& issuer : self->due(now())) {
      const auto strand = asio::make_strand(self->executor_);
      asio::co_spawn(strand, run_scheduled(self, issuer), asio::detached);
    }
    self->clock_->expires_after(self->options_.retry);
    co_await self->clock_->async_wait(kTuple);
  }
}

/// Those whose turn has come and whose comparison could be begun. An issuer that is new to this
/// process waits for its next turn.
std::vector<IssuerId> Reconciler::due(Instant at) {
  const auto issuers = hooks_.issuers();
  const std::lock_guard lock{mutex_};
  std::vector<IssuerId> due;
  for (const IssuerId& issuer : issuers) {
    Turn& turn = turns_[issuer];
    const std::int64_t number = turn_of(issuer, at, options_.interval);
    if (!std::exchange(turn.known, true)) turn.done = number;
    if (turn.running || number <= turn.done) continue;
    turn.done = number;
    turn.running = true;
    due.push_back(issuer);
  }
  return due;
}

bool Reconciler::begin(const IssuerId& issuer) {
  const std::lock_guard lock{mutex_};
  return !std::exchange(turns_[issuer].running, true);
}

void Reconciler::end(const IssuerId& issuer, const Outcome& outcome) {
  tell(issuer, outcome);
  const std::lock_guard lock{mutex_};
  Turn& turn = turns_[issuer];
  turn.running = false;
  if (outcome) turn.last = outcome.value();
}

http::Task<void> Reconciler::run_scheduled(std::shared_ptr<Reconciler> self, IssuerId issuer) {
  const auto outcome = co_await self->attempts(issuer);
  self->end(issuer, outcome);
  // There was no quiet moment: that is no reason to wait for another interval.
  if (!outcome && outcome.error().code == Errc::kUnavailable) self->take_turn_back(issuer);
}

void Reconciler::take_turn_back(const IssuerId& issuer) {
  const std::lock_guard lock{mutex_};
  --turns_[issuer].done;
}

http::Task<Result<ReconcileResult>> Reconciler::run(IssuerId issuer) {
  if (stopping()) co_return Error{Errc::kUnavailable, "the service is stopping"};
  if (!hooks_.feed(issuer)) {
    co_return Error{Errc::kFeedNotHere, "no feed of '" + issuer.get() + "' here"};
  }
  if (!begin(issuer)) co_return Error{Errc::kConflict, "a comparison is under way"};
  // On a strand of its own: it goes on when whoever asked does not wait any longer.
  const auto waiting = co_await asio::this_coro::executor;
  const OneShot<Outcome> result(waiting);
  const auto work =
      [](std::shared_ptr<Reconciler> self, IssuerId of, OneShot<Outcome> done) -> http::Task<void> {
    auto outcome = co_await self->attempts(of);
    self->end(of, outcome);
    done.set(std::move(outcome));
  };
  asio::co_spawn(
      asio::make_strand(executor_), work(shared_from_this(), issuer, result), asio::detached);
  auto outcome = co_await result.wait();
  co_return outcome;
}

/// Until there was a moment at which nothing was pending.
http::Task<Reconciler::Outcome> Reconciler::attempts(IssuerId issuer) {
  const auto until = Clock::now() + options_.patience;
  const auto here = co_await asio::this_coro::executor;
  asio::steady_timer pause(here);
  for (;;) {
    auto outcome = co_await attempt(issuer);
    const bool again = !outcome && outcome.error().code == Errc::kUnavailable;
    if (!again || stopping() || Clock::now() >= until) co_return outcome;
    pause.expires_after(options_.retry);
    co_await pause.async_wait(kTuple);
  }
}

http::Task<Reconciler::Outcome> Reconciler::attempt(IssuerId issuer) {
  auto feed = hooks_.feed(issuer);
  if (!feed) co_return Error{Errc::kFeedNotHere, "no feed of '" + issuer.get() + "' here"};
  const auto here = co_await asio::this_coro::executor;
  const OneShot<Outcome> result(here);
  const auto added =
      hooks_.add(issuer,
                 std::make_shared<ReconcileWork>(
                     builder_, std::move(feed), options_.limits, [result](Outcome outcome) {
                       result.set(std::move(outcome));
                     }));
  if (!added) co_return added.error();
  auto outcome = co_await result.wait();
  co_return outcome;
}

std::optional<ReconcileResult> Reconciler::last(const IssuerId& issuer) const {
  const std::lock_guard lock{mutex_};
  const auto found = turns_.find(issuer);
  return found == turns_.end() ? std::nullopt : found->second.last;
}

void Reconciler::tell(const IssuerId& issuer, const Outcome& outcome) {
  if (!outcome) {
    probe_.failed(issuer);
    logger_.warn("feed_not_reconciled",
                 "the issuer's digest could not be compared",
                 {{"issuer", issuer.get()},
                  {"code", outcome.error().code},
                  {"detail", outcome.error().detail}});
    return;
  }
  const ReconcileResult& result = outcome.value();
  probe_.done(issuer, result);
  if (!result.equal_after) {
    logger_.alarm("feed_reconcile_failed",
                  "the issuer holds something else, also after the repair",
                  {{"issuer", issuer.get()}, {"buckets", result.differing.size()}});
  } else if (!result.equal_before) {
    logger_.warn("feed_repaired",
                 "the issuer held something else; its buckets were sent again",
                 {{"issuer", issuer.get()},
                  {"buckets", result.differing.size()},
                  {"entries", result.repaired_entries},
                  {"bytes", result.bytes}});
  }
}

}  // namespace cw::notifier
