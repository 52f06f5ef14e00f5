// Orders, extra messages, gaps and acknowledgements at a worker with a real endpoint.
#include "lib/codec/control_codec.hpp"
#include "notifier/message_batch.hpp"
#include "notifier/set_aside_retry.hpp"
#include "worker_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <future>

namespace cw::notifier::test {
namespace {

using namespace std::chrono_literals;
using codec::FeedSetBy;
using codec::FeedStatus;
using Order = FeedOrder::Kind;
using http::Response;

class DeliveryCommandsTest : public WorkerTest {
 protected:
  void deliver(std::uint64_t cards) {
    bring_key();
    write_cards(1, cards);
    set_endpoint(settings(issuer_.url()));
    start();
    ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  }
  std::optional<Status> order(FeedOrder order, std::chrono::milliseconds patience = 10s) {
    auto work = worker_->order(std::move(order), patience);
    return boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future).get();
  }
  std::optional<Status> order(Order kind, FeedSetBy set_by = FeedSetBy::kUs) {
    return order(FeedOrder{.kind = kind, .set_by = set_by, .by = "ops-a", .reason = "a move"});
  }
  Status acknowledge(codec::FeedAck ack) {
    const auto later = [](std::shared_ptr<DeliveryWorker> worker,
                          codec::FeedAck what) -> http::Task<std::optional<Status>> {
      auto status = co_await worker->acknowledge(std::move(what));
      co_return std::move(status);
    };
    auto work = later(worker_, std::move(ack));
    return boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future).get().value();
  }
  static codec::FeedAck ack(std::optional<std::uint64_t> accepted,
                            std::optional<std::uint64_t> applied) {
    return {.accepted_through = accepted, .applied_through = applied, .answer = {}};
  }
  static Response gap(std::uint64_t accepted_through, std::uint32_t epoch = 1) {
    Response response = Response::json(409,
                                       R"({"code":"CONFLICT","accepted_through":)" +
                                           std::to_string(accepted_through) + R"(,"epoch":)" +
                                           std::to_string(epoch) + "}");
    response.headers.set("Content-Type", "application/problem+json");
    return response;
  }
};

TEST_F(DeliveryCommandsTest, APauseIsAnnouncedHoldsAndOutlivesARestart) {
  deliver(3);
  ASSERT_TRUE(order(Order::kPause).value());
  const auto told = issuer_.verifications();
  ASSERT_EQ(told.size(), 1U);
  ASSERT_TRUE(told[0].notice);
  EXPECT_EQ(told[0].notice->state, FeedStatus::kPaused);
  EXPECT_EQ(told[0].notice->reason, "a move");
  EXPECT_TRUE(told[0].signature_valid);
  EXPECT_EQ(status().delivery.state.state, FeedStatus::kPaused);
  EXPECT_EQ(states_.saved()->set_by, FeedSetBy::kUs);
  EXPECT_EQ(states_.saved()->by, "ops-a");
  write_cards(4, 4);
  wake(DeliveryWorker::Wake::kWork);
  stop();

  start(states_.saved());
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kPaused; }));
  EXPECT_EQ(issuer_.batches().size(), 1U) << "held";
  EXPECT_FALSE(logged("feed_paused")) << "what somebody ordered is no alarm";
  ASSERT_TRUE(order(Order::kResume).value());
  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.cards().size(), 4U);
  EXPECT_EQ(issuer_.verifications().back().notice->state, FeedStatus::kEnabled);
}

TEST_F(DeliveryCommandsTest, AnAnnouncementThatFailsDelaysNothing) {
  deliver(1);
  issuer_.behave([](const Received&) { return Response::empty(500); });
  ASSERT_TRUE(order(Order::kDisable).value());
  EXPECT_EQ(issuer_.verifications().size(), 1U) << "one attempt";
  EXPECT_TRUE(until([this] { return logged("feed_disabled"); })) << "hold and alarm";
  write_cards(2, 2);
  wake(DeliveryWorker::Wake::kWork);
  EXPECT_EQ(order(Order::kProbe)->error().code, Errc::kConflict) << "nothing is sent to it";
  EXPECT_EQ(issuer_.received().size(), 2U);
}

TEST_F(DeliveryCommandsTest, TheIssuerUndoesWhatItOrderedAndNothingElse) {
  deliver(1);
  ASSERT_TRUE(order(Order::kPause, FeedSetBy::kIssuer).value());
  EXPECT_EQ(issuer_.verifications().size(), 0U) << "it knows";
  EXPECT_EQ(status().delivery.state.set_by, FeedSetBy::kIssuer);
  ASSERT_TRUE(order(Order::kResume, FeedSetBy::kIssuer).value());
  ASSERT_TRUE(order(Order::kPause).value());
  EXPECT_EQ(order(Order::kResume, FeedSetBy::kIssuer)->error().code, Errc::kStateNotYours);
  EXPECT_EQ(status().delivery.state.state, FeedStatus::kPaused);
}

TEST_F(DeliveryCommandsTest, TheIssuerResumesWhatIts410Disabled) {
  bring_key();
  write_cards(1, 2);
  issuer_.answer({Response::empty(410)});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kDisabled; }));
  ASSERT_TRUE(order(Order::kResume, FeedSetBy::kIssuer).value());
  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
}

TEST_F(DeliveryCommandsTest, WhileTheCircuitIsOpenOnlyProbesAreSentUntilOnePasses) {
  bring_key();
  write_cards(1, 3);
  issuer_.behave([](const Received&) { return Response::empty(500); });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return issuer_.verifications().size() >= 3; })) << last_error();
  EXPECT_EQ(issuer_.batches().size(), config_.push.circuit_failures);
  issuer_.behave({});
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.batches().size(), config_.push.circuit_failures + 1U);
  EXPECT_EQ(issuer_.batches().back().id, issuer_.batches().front().id);
  EXPECT_FALSE(status().delivery.circuit_open);
  EXPECT_TRUE(until([this] { return logged("feed_circuit_closed"); }));
}

TEST_F(DeliveryCommandsTest, AProbeThatDoesNotRepeatItsStateFails) {
  deliver(1);
  issuer_.behave([](const Received&) {
    return Response::json(200, R"({"accepted_through":1,"applied_through":1})");
  });
  const auto outcome = order(Order::kProbe);
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(outcome->error().code, Errc::kResponseMalformed);
  issuer_.behave({});
  EXPECT_TRUE(order(Order::kProbe).value());
}

TEST_F(DeliveryCommandsTest, AnOrderedProbeDoesNotWaitForAPause) {
  bring_key();
  write_cards(1, 3);
  Response busy = Response::empty(503);
  busy.headers.set("Retry-After", "3600");
  issuer_.answer({busy});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.next_attempt_at.has_value(); }));
  ASSERT_TRUE(order(Order::kProbe).value());
  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
}

TEST_F(DeliveryCommandsTest, AReplaySendsAgainWhatLiesBehindASeq) {
  deliver(6);
  ASSERT_TRUE(order({.kind = Order::kReplay, .by = "ops-a", .after = 4}).value());
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.batches().back().seqs, (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(issuer_.batches().back().after, 4U);
  EXPECT_EQ(status().delivery.state.rewinds, 1U);
  EXPECT_EQ(states_.saved()->rewinds, 1U);
  EXPECT_EQ(order({.kind = Order::kReplay, .after = 7})->error().code, Errc::kConflict);
  EXPECT_FALSE(logged("ack_never_sent"));
}

TEST_F(DeliveryCommandsTest, AnOrderThatTakesLongerThanPatienceIsDoneLater) {
  bring_key();
  write_cards(1, 1);
  config_.push.response_timeout = 400ms;
  issuer_.behave([](const Received&) -> std::optional<Response> {
    return Response{.status = IssuerImposter::kHang};
  });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kSending; }));
  EXPECT_EQ(order({.kind = Order::kPause, .by = "ops-a"}, 20ms), std::nullopt);
  EXPECT_TRUE(until([this] { return status().delivery.state.state == FeedStatus::kPaused; }));
}

TEST_F(DeliveryCommandsTest, AnOrderAtTheEndOfAProcessIsNotLostInSilence) {
  deliver(1);
  stop();
  EXPECT_EQ(order(Order::kPause)->error().code, Errc::kCancelled);
}

TEST_F(DeliveryCommandsTest, AReceiverThatWasRestoredFromABackupGetsWhatItMisses) {
  deliver(6);
  issuer_.answer({gap(2)});
  write_cards(7, 7);
  wake(DeliveryWorker::Wake::kWork);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.batches().back().after, 2U);
  EXPECT_EQ(issuer_.batches().back().seqs, (std::vector<std::uint64_t>{3, 4, 5, 6, 7}));
  EXPECT_TRUE(logs("feed_rewound"));
  EXPECT_TRUE(measures(R"(cardwatch_notifier_rewinds_total{issuer="jcb-a"})", 1));
}

TEST_F(DeliveryCommandsTest, AReceiverOfAnOlderEpochGetsEverything) {
  config_.epoch = 2;
  deliver(3);
  issuer_.answer({gap(3, 1)});
  write_cards(4, 4);
  wake(DeliveryWorker::Wake::kWork);
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.batches().back().after, 0U);
  EXPECT_EQ(issuer_.batches().back().seqs.size(), 4U);
}

TEST_F(DeliveryCommandsTest, AReceiverThatAlwaysTellsAGapGetsPauses) {
  config_.push.recheck = 1h;
  deliver(3);
  issuer_.behave([](const Received& push) -> std::optional<Response> {
    if (!push.verification.empty()) return std::nullopt;
    return gap(1);
  });
  write_cards(4, 4);
  wake(DeliveryWorker::Wake::kWork);
  ASSERT_TRUE(until([this] { return status().delivery.circuit_open; })) << last_error();
  EXPECT_EQ(status().delivery.state.rewinds, 1U);
}

/// Some verification batches, one after the other.
class Greetings final : public ExtraWork {
 public:
  explicit Greetings(int count) : left_(count) {}
  http::Task<Result<std::optional<BuiltBatch>>> next(ExtraPlace place) override {
    if (left_ == 0) co_return std::optional<BuiltBatch>{};
    auto batch = verification_batch(place);
    if (!batch) co_return batch.error();
    co_return std::optional<BuiltBatch>{std::move(batch).value()};
  }
  void answered(const PushOutcome& outcome) override {
    --left_;
    if (outcome.event.kind == DeliveryEvent::Kind::kAccepted) ++accepted;
  }
  void ended(const Status& status) override { end.set_value(status); }

  int accepted = 0;
  std::promise<Status> end;

 private:
  int left_;
};

TEST_F(DeliveryCommandsTest, ExtraWorkIsSentInTurnWithEntriesAndToldItsAnswers) {
  bring_key();
  config_.push.batch_entries_max = 1;
  write_cards(1, 3);
  set_endpoint(settings(issuer_.url()));
  start();
  const auto work = std::make_shared<Greetings>(3);
  worker_->add(work);
  EXPECT_TRUE(work->end.get_future().get());
  EXPECT_EQ(work->accepted, 3);
  EXPECT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.batches().size(), 3U);
}

TEST_F(DeliveryCommandsTest, ExtraWorkThatFailsIsTriedAgainWithTheSameId) {
  deliver(1);
  issuer_.answer({Response::empty(500), Response::empty(500)});
  const auto work = std::make_shared<Greetings>(1);
  worker_->add(work);
  EXPECT_TRUE(work->end.get_future().get());
  const auto sent = issuer_.verifications();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].id, sent[2].id);
}

TEST_F(DeliveryCommandsTest, ExtraWorkForAFeedThatStandsStillIsRefused) {
  deliver(1);
  ASSERT_TRUE(order(Order::kPause).value());
  const auto work = std::make_shared<Greetings>(1);
  worker_->add(work);
  EXPECT_EQ(work->end.get_future().get().error().code, Errc::kConflict);
}

TEST_F(DeliveryCommandsTest, WhatWasSetAsideIsTakenOnceTheReceiverIsMended) {
  bring_key();
  write_cards(1, 5);
  const std::string fault = std::string{pan(2).reveal()};
  const auto refuse = [fault](const Received& push) -> std::optional<Response> {
    const bool holds = std::find(push.pans.begin(), push.pans.end(), fault) != push.pans.end();
    return holds ? std::optional{Response::empty(422)} : std::nullopt;
  };
  issuer_.behave(refuse);
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  ASSERT_EQ(status().figures.set_aside, 1U);
  const auto retry = [this] {
    auto end = std::make_shared<std::promise<SetAsideRetry::Figures>>();
    worker_->add(std::make_shared<SetAsideRetry>(
        worker_->feed(), builder_, [end](const Status&, const SetAsideRetry::Figures& figures) {
          end->set_value(figures);
        }));
    return end->get_future().get();
  };
  const auto refused = retry();
  EXPECT_EQ(refused.offered, 1U);
  EXPECT_EQ(refused.refused, 1U);
  EXPECT_EQ(status().figures.set_aside, 1U);

  issuer_.behave({});
  const auto taken = retry();
  EXPECT_EQ(taken.taken, 1U);
  EXPECT_EQ(status().figures.set_aside, 0U);
  EXPECT_TRUE(issuer_.cards().contains(fault));
  EXPECT_EQ(issuer_.cards().size(), 5U);
  EXPECT_TRUE(until([this] { return status().digest_equal == true; }));
}

TEST_F(DeliveryCommandsTest, AnAckTellsWhatIsAppliedAndNeverFalls) {
  bring_key();
  write_cards(1, 4);
  issuer_.answer({Response::empty(202)});
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(status().delivery.state.applied_through, 0U);
  ASSERT_TRUE(acknowledge(ack({}, 3)));
  EXPECT_EQ(states_.saved()->applied_through, 3U);
  EXPECT_EQ(acknowledge(ack({}, 2)).error().code, Errc::kAckBackwards);
  EXPECT_EQ(acknowledge(ack(3, {})).error().code, Errc::kAckBackwards);
  EXPECT_EQ(states_.saved()->applied_through, 3U);
  ASSERT_TRUE(acknowledge(ack(99, 99)));
  EXPECT_EQ(states_.saved()->accepted_through, 4U);
  EXPECT_EQ(states_.saved()->applied_through, 4U);
  EXPECT_TRUE(until([this] { return logged("ACK_NEVER_SENT"); }));
}

TEST_F(DeliveryCommandsTest, AnAckMayRejectWhatWasAcceptedLongAgo) {
  deliver(4);
  ASSERT_TRUE(until([this] { return status().digest_equal == true; }));
  codec::FeedAck later = ack({}, {});
  later.answer.rejected = {{2, "UNKNOWN_CARD", ""}, {99, "NEVER_SENT", ""}};
  ASSERT_TRUE(acknowledge(later));
  const auto now = status();
  EXPECT_EQ(now.figures.set_aside, 1U) << "there is no entry 99";
  EXPECT_EQ(now.figures.through, 4U);
  EXPECT_EQ(now.figures.pending, 0U);
  ASSERT_TRUE(now.figures.digest);
  EXPECT_EQ(now.figures.digest->count, 3U) << "what it cannot use is in no digest";
  EXPECT_EQ(now.delivery.rejected, 2U);
  const auto aside = worker_->feed()->set_aside(10);
  ASSERT_EQ(aside.size(), 1U);
  EXPECT_EQ(aside[0].mark.code, "UNKNOWN_CARD");
}

TEST_F(DeliveryCommandsTest, AnAckMovesTheCursorOfAnIssuerThatPulls) {
  bring_key();
  write_cards(1, 4);
  auto pulling = settings("");
  pulling.mode = FeedMode::kPull;
  set_endpoint(pulling);
  start();
  ASSERT_TRUE(until([this] { return status().delivery.phase == DeliveryPhase::kHeld; }));
  ASSERT_TRUE(acknowledge(ack(3, 1)));
  EXPECT_EQ(status().figures.through, 3U);
  EXPECT_EQ(status().figures.pending, 1U);
  EXPECT_EQ(states_.saved()->accepted_through, 3U);
  EXPECT_EQ(acknowledge(ack(2, {})).error().code, Errc::kAckBackwards);
  ASSERT_TRUE(acknowledge(ack(9, 9)));
  EXPECT_EQ(states_.saved()->accepted_through, 4U) << "cut off";
  EXPECT_TRUE(until([this] { return logged("ack_never_sent"); }));
}

TEST_F(DeliveryCommandsTest, TheDelayFromApprovalToAcceptedAndAppliedIsMeasured) {
  ScopeRevision scope;
  scope.incident = IncidentId{"alico-2009"};
  scope.revision = 3;
  scope.state = ScopeState::kApproved;
  scope.predicate = Predicate{Predicate::Equals{"channel", "internet"}};
  scope.recorded_at = now() - 2min;
  scope.effective_at = now() - 1min;
  scope.by = Principal{"desk-b"};
  const auto applied = control_.apply(codec::encode(ControlRecord{scope}));
  ASSERT_TRUE(applied) << applied.error().detail;
  issuer_.answer({Response::empty(202)});
  deliver(2);
  const auto series = [](std::string_view what, std::string_view of) {
    return "cardwatch_notifier_scope_" + std::string{what} + "_seconds_" + std::string{of} +
           R"({issuer="jcb-a"})";
  };
  EXPECT_TRUE(measures(series("accepted", "count"), 1)) << "once a batch";
  EXPECT_GE(metric(series("accepted", "sum")), 60);
  EXPECT_EQ(metric(series("applied", "count")), -1) << "not yet";
  ASSERT_TRUE(acknowledge(ack({}, 2)));
  EXPECT_TRUE(measures(series("applied", "count"), 1));
}

}  // namespace
}  // namespace cw::notifier::test
