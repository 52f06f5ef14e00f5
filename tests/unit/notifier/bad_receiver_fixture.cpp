#include "bad_receiver_fixture.hpp"

#include "lib/codec/control_codec.hpp"

namespace cw::notifier::test {

using namespace std::chrono_literals;

BadReceiverTest::BadReceiverTest() {
  config_.push.resolve_timeout = 300ms;
  config_.push.connect_timeout = 150ms;
  config_.push.handshake_timeout = 150ms;
  config_.push.write_timeout = 150ms;
  config_.push.response_timeout = 150ms;
  config_.push.recheck = 30ms;
  bring_key();
  auto record = issuer_record(1, settings(healthy_.url(healthy_id_)));
  record.id = healthy_id_;
  record.iin_ranges = {"35699901"};
  EXPECT_TRUE(control_.apply(codec::encode(ControlRecord{record})));
  write_healthy(1, 5);
  healthy_worker_ = std::make_shared<DeliveryWorker>(
      io_.get_executor(), environment(), store_.feed(healthy_id_).value());
  *healthy_ended_ = false;
  healthy_worker_->start({}, [ended = healthy_ended_] { *ended = true; });
}

BadReceiverTest::~BadReceiverTest() {
  healthy_worker_->stop();
  healthy_worker_->cancel();
  EXPECT_TRUE(until([this] { return healthy_ended_->load(); }));
}

const cw::test::TestCa& BadReceiverTest::other_ca() {
  using Kind = cw::test::CertificateKind;
  static const cw::test::TestCa kCa{{Kind::kServer, "issuer-server"}};
  return kCa;
}

void BadReceiverTest::write_healthy(std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t i = first; i <= last; ++i) {
    auto entry = change(i);
    entry.entry.issuer = healthy_id_;
    ASSERT_TRUE(test::write(store_, healthy_offset_++, entry));
  }
  healthy_cards_ = last;
}

void BadReceiverTest::deliver_to(const std::string& url) {
  deliver_to(settings(url));
}

void BadReceiverTest::deliver_to(FeedSettings settings) {
  write_cards(1, 5);
  set_endpoint(std::move(settings));
  start();
}

double BadReceiverTest::pushes(std::string_view outcome) const {
  return metric(R"(cardwatch_notifier_deliveries_total{issuer="jcb-a",outcome=")" +
                std::string{outcome} + "\"}");
}

bool BadReceiverTest::until_pushes(std::string_view outcome, double count) const {
  return until([&] { return pushes(outcome) >= count; });
}

void BadReceiverTest::expect_failures(std::string_view outcome, std::string_view error) {
  ASSERT_TRUE(until([this] { return status().delivery.circuit_open; })) << last_error();
  EXPECT_TRUE(last_error().starts_with(error)) << last_error();
  EXPECT_GE(pushes(outcome), config_.push.circuit_failures);
  const auto now = status();
  EXPECT_EQ(now.delivery.state.state, codec::FeedStatus::kEnabled);
  EXPECT_EQ(now.figures.through, 0U) << "no failure moves the cursor";
  EXPECT_EQ(now.figures.pending, 5U);
  EXPECT_TRUE(until([this] { return logged("feed_circuit_open"); }));
  expect_healthy_goes_on();
}

void BadReceiverTest::expect_paused(std::string_view outcome, std::string_view error) {
  ASSERT_TRUE(until([this] { return status().delivery.state.state == codec::FeedStatus::kPaused; }))
      << last_error();
  EXPECT_TRUE(last_error().starts_with(error)) << last_error();
  EXPECT_TRUE(until_pushes(outcome));
  EXPECT_EQ(status().delivery.state.set_by, std::nullopt) << "nobody said so";
  EXPECT_EQ(status().delivery.state.failures, 0U);
  EXPECT_FALSE(status().delivery.circuit_open);
  EXPECT_TRUE(until([this] { return logged("feed_paused"); }));
  expect_healthy_goes_on();
}

void BadReceiverTest::expect_healthy_goes_on() {
  write_healthy(healthy_cards_ + 1, healthy_cards_ + 5);
  healthy_worker_->wake(DeliveryWorker::Wake::kWork);
  EXPECT_TRUE(until([this] { return healthy_.cards().size() == healthy_cards_; }))
      << healthy_worker_->status().delivery.state.last_error.value_or("");
}

void BadReceiverTest::expect_nothing_lost() {
  set_endpoint(settings(issuer_.url()));
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  EXPECT_EQ(issuer_.cards().size(), 5U);
  EXPECT_EQ(status().delivery.set_aside, 0U);
  EXPECT_EQ(last_error(), "");
}

}  // namespace cw::notifier::test
