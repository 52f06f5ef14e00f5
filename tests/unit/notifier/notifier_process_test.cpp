// The whole service against a real broker: what unit tests cannot show is that cursors survive a
// crash of the process and that it starts, gets ready and stops as an orchestrator expects.
#include "feed_samples.hpp"
#include "issuer_imposter.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/http/blocking.hpp"
#include "lib/http/client.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/producer.hpp"
#include "support/kafka_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"
#include "support/test_pan.hpp"
#include "support/wait.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <set>
#include <thread>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;
using cw::test::CertificateKind;

constexpr auto kPatience = 60s;

class NotifierProcessTest : public testing::Test {
 protected:
  NotifierProcessTest() {
    thread_ = std::thread{[this] { io_.run(); }};
    const auto keys_made = cw::test::run_command(
        {CW_SOURCE_DIR "/scripts/make-test-keys", dir_.path().string(), "--issuer", "unused"});
    EXPECT_EQ(keys_made.status, 0) << keys_made.output;
    dir_.write("secrets/jcb-a", kSecret);
    dir_.write("notifier.yaml", yaml());
    create_topics();
    auto made = kafka::Producer::create(client("test"), {});
    producer_ = std::move(made).value();
  }
  ~NotifierProcessTest() override {
    if (process_) process_->kill();
    io_.stop();
    thread_.join();
  }

  kafka::ClientOptions client(const std::string& id) const {
    return {.brokers = brokers_, .client_id = id, .properties = {}, .log = {}, .stats = {}};
  }

  void create_topics() {
    const std::vector<kafka::TopicSpec> specs = {
        {.name = prefix_ + "control.v1", .config = {}},
        {.name = prefix_ + "watchlist.v1", .config = {{"cleanup.policy", "compact"}}},
        {.name = prefix_ + "feed-state.v1", .config = {{"cleanup.policy", "compact"}}}};
    auto admin = kafka::Admin::create(client("test-admin"));
    ASSERT_TRUE(admin);
    const auto created = admin.value()->create_topics(specs, 30s);
    ASSERT_TRUE(created) << created.error().detail;
  }

  [[nodiscard]] std::string yaml() const {
    const auto own = ca_.files("notifier");
    return "kafka: {brokers: \"" + brokers_ + "\", topic_prefix: \"" + prefix_ +
           "\"}\nlisten: {port: 0}\nadmin: {port: 0}\ntls: {certificate: " +
           own.certificate.string() + ", key: " + own.key.string() + ", ca: " + ca_.ca().string() +
           "}\nkeys: {vault_key_file: " + (dir_ / "vault.key").string() +
           ", secrets_dir: " + (dir_ / "secrets").string() +
           "}\npush: {batch_entries_max: 10, backoff_base: 5ms, backoff_max: 50ms}\n"
           "runtime: {ports_file: " +
           (dir_ / "ports.json").string() + "}\nprincipals: [{name: desk-a, roles: [read]}]\n";
  }

  void start() {
    std::filesystem::remove(dir_ / "ports.json");
    process_ = std::make_unique<cw::test::Process>(
        std::vector<std::string>{
            CW_BUILD_DIR "/bin/cardwatch-notifier", "--config", (dir_ / "notifier.yaml").string()},
        cw::test::ProcessOptions{.environment = {}, .output = dir_ / "log"});
    ASSERT_TRUE(cw::test::wait_until([this] { return port("listen") != 0; }, kPatience)) << log();
  }
  [[nodiscard]] std::string log() const { return cw::test::read_file(dir_ / "log"); }

  [[nodiscard]] std::uint16_t port(std::string_view name) const {
    if (!std::filesystem::exists(dir_ / "ports.json")) return 0;
    const auto ports = codec::JsonDocument::parse(cw::test::read_file(dir_ / "ports.json"));
    return ports ? static_cast<std::uint16_t>(ports.value().root()[name].integer_or(0)) : 0;
  }

  Result<http::ClientResponse> get(const std::string& url) {
    const auto own = ca_.files("desk-a");
    auto tls =
        http::TlsContext::load(http::TlsContext::Role::kClient,
                               {own.certificate.string(), own.key.string(), ca_.ca().string()});
    boost::asio::io_context io;
    http::Client http_client{io.get_executor(), tls.value()};
    return http::run_blocking(
        io,
        http_client.send({.url = http::parse_url(url).value(),
                          .private_addresses = http::PrivateAddresses::kAllow}));
  }
  [[nodiscard]] bool ready() {
    const auto answer = get("http://localhost:" + std::to_string(port("admin")) + "/readyz");
    return answer && answer.value().status == 200;
  }
  /// The issuer's line of GET /v1/feeds as JSON; empty if there is none.
  std::string feed() {
    const auto answer = get("https://localhost:" + std::to_string(port("listen")) + "/v1/feeds");
    if (!answer || answer.value().status != 200) return "";
    const auto document = codec::JsonDocument::parse(answer.value().body);
    return document ? document.value().root()[std::size_t{0}].json() : "";
  }
  bool delivered(std::uint64_t entries) {
    const auto document = codec::JsonDocument::parse(feed());
    if (!document) return false;
    const auto line = document.value().root();
    return line["pending"].integer_or(-1) == 0 &&
           line["entries"].integer_or(-1) == static_cast<std::int64_t>(entries);
  }

  void produce(const std::string& topic, const std::string& key, const std::string& value) {
    ASSERT_TRUE(
        producer_->produce({.topic = prefix_ + topic, .key = key, .value = value}, nullptr));
  }
  void write_cards(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i <= last; ++i) {
      auto entry = change(i);
      entry.entry.sealed_pan = crypto::seal(data_, pan(i), entry.entry.card);
      entry.entry.file_key = data_.id();
      produce("watchlist.v1", codec::watch_key(kIssuer, entry.entry.card), codec::encode(entry));
    }
    ASSERT_TRUE(producer_->flush(30s));
  }
  void write_control() {
    auto load = file_load();
    const auto vault = crypto::VaultPublicKey::load((dir_ / "vault.pub").string());
    load.key = data_.id();
    load.wrapped_key = vault.value().wrap(data_).value();
    const ControlRecord records[] = {load, issuer_record(1, settings(issuer_.url()))};
    for (const auto& record : records) {
      produce("control.v1", codec::control_key(record), codec::encode(record));
    }
    ASSERT_TRUE(producer_->flush(30s));
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::thread thread_;
  cw::test::TestCa ca_{{CertificateKind::kServer, "issuer-server"},
                       {CertificateKind::kServer, "notifier"},
                       {CertificateKind::kClient, "desk-a"}};
  cw::test::TempDir dir_;
  std::string brokers_ = cw::test::shared_brokers();
  std::string prefix_ = cw::test::fresh_prefix();
  crypto::DataKey data_ = crypto::DataKey::generate();
  std::unique_ptr<kafka::Producer> producer_;
  IssuerImposter issuer_{io_, ca_};
  std::unique_ptr<cw::test::Process> process_;
};

TEST_F(NotifierProcessTest, DeliversGetsReadyAndStopsCleanly) {
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return ready(); }, kPatience)) << log();
  write_cards(1, 25);
  write_control();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(25); }, kPatience)) << feed();

  EXPECT_EQ(issuer_.cards().size(), 25U);
  EXPECT_NE(feed().find(R"("digest_equal":true)"), std::string::npos) << feed();
  EXPECT_EQ(process_->stop(), 0) << log();
  for (std::uint64_t i = 1; i <= 25; ++i) {
    EXPECT_EQ(log().find(cw::test::test_pan(i)), std::string::npos);
  }
}

// Goal: a crash loses nothing and repeats only under the same id. Method: kill -9 in the middle of
// slow deliveries, several times; the issuer must hold every card, in order, and an id that came
// twice must have brought the same entries.
TEST_F(NotifierProcessTest, AfterCrashesTheIssuerHasEveryCardAndRepeatsHaveTheSameId) {
  write_cards(1, 200);
  write_control();
  for (std::size_t crash = 1; crash <= 3; ++crash) {
    const std::size_t before = issuer_.count();
    start();
    ASSERT_TRUE(cw::test::wait_until([&] { return issuer_.count() >= before + 3; }, kPatience))
        << log();
    process_->kill();
  }
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(200); }, kPatience)) << feed();

  EXPECT_EQ(issuer_.cards().size(), 200U);
  std::map<std::string, std::vector<std::uint64_t>> by_id;
  std::uint64_t newest = 0;
  for (const auto& push : issuer_.received()) {
    const auto [known, first] = by_id.emplace(push.id, push.seqs);
    EXPECT_EQ(known->second, push.seqs);
    if (first) {
      EXPECT_GT(push.seqs.front(), newest) << "in order, and nothing twice under another id";
      newest = push.seqs.back();
    }
  }
  EXPECT_EQ(process_->stop(), 0) << log();
}

}  // namespace
}  // namespace cw::notifier
