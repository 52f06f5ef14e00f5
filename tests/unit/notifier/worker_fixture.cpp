#include "worker_fixture.hpp"

#include "lib/codec/control_codec.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace cw::notifier::test {

using namespace std::chrono_literals;

http::Task<Status> MemoryStateLog::save(codec::FeedState state) {
  if (away) co_return Error{Errc::kBrokerUnavailable, "away"};
  ++saves;
  publish(state);
  co_return Ok{};
}

void MemoryStateLog::publish(const codec::FeedState& state) {
  const std::lock_guard lock{mutex_};
  if (!away) saved_.insert_or_assign(state.issuer, state);
}

std::optional<codec::FeedState> MemoryStateLog::saved() const {
  const std::lock_guard lock{mutex_};
  const auto found = saved_.find(kIssuer);
  return found == saved_.end() ? std::nullopt : std::optional{found->second};
}

const cw::test::TestCa& WorkerTest::ca() {
  using Kind = cw::test::CertificateKind;
  static const cw::test::TestCa kCa{{Kind::kServer, "issuer-server"},
                                    {Kind::kClient, "notifier"},
                                    {Kind::kExpiredServer, "issuer-expired"},
                                    {Kind::kWrongName, "elsewhere"}};
  return kCa;
}

WorkerTest::WorkerTest() : work_(boost::asio::make_work_guard(io_)) {
  capture_ = std::make_unique<telemetry::LogCapture>([this](std::string_view line) {
    const std::lock_guard lock{log_mutex_};
    log_.emplace_back(line);
  });
  secrets_.write("jcb-a", kSecret);
  config_.secrets_dir = secrets_.path().string();
  config_.push.backoff_base = 2ms;
  config_.push.backoff_max = 10ms;
  config_.push.recheck = 20ms;
  config_.push.circuit_failures = 3;
  // Answers are scripted; who asks first has tests of its own.
  config_.push.verify_at_start = false;
  for (int i = 0; i < 2; ++i) {
    threads_.emplace_back([this] { io_.run(); });
  }
}

WorkerTest::~WorkerTest() {
  if (worker_ && !ended()) {
    worker_->stop();
    worker_->cancel();
    EXPECT_TRUE(until([this] { return ended(); }));
  }
  work_.reset();
  io_.stop();
  for (auto& thread : threads_) thread.join();
}

void WorkerTest::write_cards(std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t i = first; i <= last; ++i) write(change(i));
}

void WorkerTest::write(const WatchChange& change) {
  const auto written = test::write(store_, offset_++, change);
  ASSERT_TRUE(written) << written.error().detail;
}

void WorkerTest::bring_key() {
  ring_.add(keys().data.id(), keys().wrapped);
}

void WorkerTest::set_endpoint(std::optional<FeedSettings> settings) {
  const auto record = issuer_record(++version_, std::move(settings));
  ASSERT_TRUE(control_.apply(codec::encode(ControlRecord{record})));
  if (worker_) wake(DeliveryWorker::Wake::kSettings);
}

std::shared_ptr<const DeliveryEnvironment> WorkerTest::environment() {
  const auto files = ca().files("notifier");
  auto tls =
      http::TlsContext::load(http::TlsContext::Role::kClient,
                             {files.certificate.string(), files.key.string(), ca().ca().string()});
  EXPECT_TRUE(tls) << tls.error().detail;
  return std::make_shared<const DeliveryEnvironment>(
      DeliveryEnvironment{.config = config_,
                          .control = control_,
                          .builder = builder_,
                          .probe = probe_,
                          .states = states_,
                          .tls = tls.value(),
                          .dice = [] { return 1.0; },
                          .fail = [](const Error& error) { ADD_FAILURE() << error.detail; },
                          .gate = std::make_shared<BuildGate>(1),
                          .resolver = resolver_});
}

void WorkerTest::start(std::optional<codec::FeedState> saved) {
  worker_ = std::make_shared<DeliveryWorker>(
      io_.get_executor(), environment(), store_.feed(kIssuer).value());
  ended_ = std::make_shared<std::atomic<bool>>(false);
  worker_->start(saved, [ended = ended_] { *ended = true; });
}

void WorkerTest::stop() {
  worker_->stop();
  ASSERT_TRUE(until([this] { return ended(); }));
}

std::string WorkerTest::last_error() const {
  return status().delivery.state.last_error.value_or("");
}

bool WorkerTest::all_delivered() const {
  const auto now = status();
  return now.figures.pending == 0 && now.delivery.phase == DeliveryPhase::kIdle;
}

bool WorkerTest::logged(std::string_view text) const {
  const std::lock_guard lock{log_mutex_};
  return std::any_of(log_.begin(), log_.end(), [&](const std::string& line) {
    return line.find(text) != std::string::npos;
  });
}

double WorkerTest::metric(const std::string& series) const {
  std::istringstream lines{metrics_.expose()};
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, series.size() + 1, series + " ") != 0) continue;
    return std::stod(line.substr(series.size() + 1));
  }
  return -1;
}

}  // namespace cw::notifier::test
