// The whole service against a real broker: what unit tests cannot show is that
// cursors and lists survive a crash of the process, that issuers move between
// processes, and that these start, get ready and stop as an orchestrator
// expects.
#include "feed_samples.hpp"
#include "issuer_imposter.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/http/blocking.hpp"
#include "lib/http/client.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/kafka/record.hpp"
#include "support/kafka_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"
#include "support/test_pan.hpp"
#include "support/wait.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using namespace test;
using cw::test::CertificateKind;

constexpr auto kPatience = 60s;
constexpr std::int32_t kPartitions = 4;

class NotifierProcessTest : public testing::Test {
 protected:
  NotifierProcessTest() {
    thread_ = std::thread{[this] { io_.run(); }};
    const auto keys_made = cw::test::run_command(
        {CW_SOURCE_DIR "/scripts/make-test-keys", dir_.path().string(), "--issuer", "unused"});
    EXPECT_EQ(keys_made.status, 0) << keys_made.output;
    dir_.write("secrets/jcb-a", kSecret);
    create_topics();
    auto made = kafka::Producer::create(client("test"), {});
    producer_ = std::move(made).value();
  }
  ~NotifierProcessTest() override {
    for (auto& [node, process] : processes_) process->kill();
    io_.stop();
    thread_.join();
  }

  kafka::ClientOptions client(const std::string& id) const {
    return {.brokers = brokers_, .client_id = id, .properties = {}, .log = {}, .stats = {}};
  }

  void create_topics() {
    const std::vector<kafka::TopicSpec> specs = {
        {.name = prefix_ + "control.v1", .config = {}},
        {.name = prefix_ + "watchlist.v1",
         .partitions = kPartitions,
         .config = {{"cleanup.policy", "compact"}}},
        {.name = prefix_ + "feed-state.v1", .config = {{"cleanup.policy", "compact"}}}};
    auto admin = kafka::Admin::create(client("test-admin"));
    ASSERT_TRUE(admin);
    const auto created = admin.value()->create_topics(specs, 30s);
    ASSERT_TRUE(created) << created.error().detail;
  }

  [[nodiscard]] std::string yaml(const std::string& node) const {
    const auto own = ca_.files("notifier");
    return "kafka: {brokers: \"" + brokers_ + "\", topic_prefix: \"" + prefix_ +
           "\"}\nlisten: {port: 0}\nadmin: {port: 0}\ntls: {certificate: " +
           own.certificate.string() + ", key: " + own.key.string() + ", ca: " + ca_.ca().string() +
           "}\nfeed: {instance: \"" + node + "\", state_dir: " + state(node).string() +
           ", state_save_interval: 100ms, session_timeout: 6s}\n"
           "keys: {vault_key_file: " +
           (dir_ / "vault.key").string() + ", secrets_dir: " + (dir_ / "secrets").string() +
           "}\npush: {batch_entries_max: 10, backoff_base: 5ms, backoff_max: "
           "50ms}\n"
           "runtime: {ports_file: " +
           ports_file(node).string() + "}\nprincipals: [{name: desk-a, roles: [read]}]\n";
  }
  [[nodiscard]] std::filesystem::path state(const std::string& node) const {
    return dir_ / ("state-" + node);
  }
  [[nodiscard]] std::filesystem::path ports_file(const std::string& node) const {
    return dir_ / ("ports-" + node + ".json");
  }

  void start(const std::string& node = "0") {
    std::filesystem::remove(ports_file(node));
    const auto config = dir_.write("notifier-" + node + ".yaml", yaml(node));
    processes_[node] = std::make_unique<cw::test::Process>(
        std::vector<std::string>{
            CW_BUILD_DIR "/bin/cardwatch-notifier", "--config", config.string()},
        cw::test::ProcessOptions{.environment = {}, .output = dir_ / ("log-" + node)});
    ASSERT_TRUE(cw::test::wait_until([&] { return port("listen", node) != 0; }, kPatience))
        << log(node);
  }
  int stop(const std::string& node = "0") { return processes_.at(node)->stop(); }
  void kill(const std::string& node = "0") { processes_.at(node)->kill(); }
  [[nodiscard]] std::string log(const std::string& node = "0") const {
    return cw::test::read_file(dir_ / ("log-" + node));
  }

  [[nodiscard]] std::uint16_t port(std::string_view name, const std::string& node = "0") const {
    if (!std::filesystem::exists(ports_file(node))) return 0;
    const auto ports = codec::JsonDocument::parse(cw::test::read_file(ports_file(node)));
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
  [[nodiscard]] bool ready(const std::string& node = "0") {
    const auto answer = get("http://localhost:" + std::to_string(port("admin", node)) + "/readyz");
    return answer && answer.value().status == 200;
  }
  /// Records of the watchlist that a process has read.
  double records_read(const std::string& node = "0") {
    const auto answer = get("http://localhost:" + std::to_string(port("admin", node)) + "/metrics");
    if (!answer) return -1;
    const std::string name = "\ncardwatch_notifier_watchlist_records_total ";
    const auto at = answer.value().body.find(name);
    return at == std::string::npos ? 0 : std::stod(answer.value().body.substr(at + name.size()));
  }
  /// Issuer -> its line of GET /v1/feeds.
  std::map<std::string, std::string> feeds(const std::string& node = "0") {
    const auto answer =
        get("https://localhost:" + std::to_string(port("listen", node)) + "/v1/feeds");
    std::map<std::string, std::string> lines;
    if (!answer || answer.value().status != 200) return lines;
    const auto document = codec::JsonDocument::parse(answer.value().body);
    if (!document) return lines;
    for (std::size_t i = 0; i < document.value().root().size(); ++i) {
      const auto line = document.value().root()[i];
      lines[std::string{line["issuer"].text_or("")}] = line.json();
    }
    return lines;
  }
  /// Of the only issuer; empty if there is none.
  std::string feed() {
    const auto lines = feeds();
    return lines.empty() ? "" : lines.begin()->second;
  }
  bool delivered(std::uint64_t entries) {
    const auto document = codec::JsonDocument::parse(feed());
    if (!document) return false;
    const auto line = document.value().root();
    return line["pending"].integer_or(-1) == 0 &&
           line["entries"].integer_or(-1) == static_cast<std::int64_t>(entries);
  }

  void produce(const std::string& topic,
               const std::string& key,
               const std::string& value,
               std::int32_t partition = 0) {
    ASSERT_TRUE(producer_->produce(
        {.topic = prefix_ + topic, .key = key, .value = value, .partition = partition}, nullptr));
  }
  void write_cards(std::uint64_t first, std::uint64_t last, const IssuerId& issuer = kIssuer) {
    for (std::uint64_t i = first; i <= last; ++i) {
      auto entry = change(i);
      entry.entry.issuer = issuer;
      entry.entry.sealed_pan = crypto::seal(data_, pan(i), entry.entry.card);
      entry.entry.file_key = data_.id();
      produce("watchlist.v1",
              codec::watch_key(issuer, entry.entry.card),
              codec::encode(entry),
              kafka::partition_of(issuer.get(), kPartitions));
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
  void write_issuer(const IssuerId& issuer, const IssuerImposter& imposter) {
    auto record = issuer_record(1, settings(imposter.url(issuer)));
    record.id = issuer;
    produce("control.v1", codec::control_key(record), codec::encode(ControlRecord{record}));
  }

  /// Nothing twice but under the same id, and in order.
  static void check_order(const IssuerImposter& imposter) {
    std::map<std::string, std::vector<std::uint64_t>> by_id;
    std::uint64_t newest = 0;
    for (const auto& push : imposter.batches()) {
      const auto [known, first] = by_id.emplace(push.id, push.seqs);
      EXPECT_EQ(known->second, push.seqs);
      if (!first || push.seqs.empty()) continue;
      EXPECT_GT(push.seqs.front(), newest) << "in order, and nothing twice under another id";
      newest = push.seqs.back();
    }
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
  std::map<std::string, std::unique_ptr<cw::test::Process>> processes_;
};

TEST_F(NotifierProcessTest, DeliversGetsReadyAndStopsCleanly) {
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return ready(); }, kPatience)) << log();
  write_cards(1, 25);
  write_control();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(25); }, kPatience)) << feed();

  EXPECT_EQ(issuer_.cards().size(), 25U);
  EXPECT_NE(feed().find(R"("digest_equal":true)"), std::string::npos) << feed();
  EXPECT_EQ(stop(), 0) << log();
  for (std::uint64_t i = 1; i <= 25; ++i) {
    EXPECT_EQ(log().find(cw::test::test_pan(i)), std::string::npos);
  }
}

// Goal: a crash loses nothing and repeats only under the same id. Method: kill
// -9 in the middle of slow deliveries, several times; the issuer must hold
// every card, in order, and an id that came twice must have brought the same
// entries.
TEST_F(NotifierProcessTest, AfterCrashesTheIssuerHasEveryCardAndRepeatsHaveTheSameId) {
  write_cards(1, 200);
  write_control();
  for (std::size_t crash = 1; crash <= 3; ++crash) {
    const std::size_t before = issuer_.batches().size();
    start();
    ASSERT_TRUE(
        cw::test::wait_until([&] { return issuer_.batches().size() >= before + 3; }, kPatience))
        << log();
    kill();
  }
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(200); }, kPatience)) << feed();

  EXPECT_EQ(issuer_.cards().size(), 200U);
  check_order(issuer_);
  EXPECT_EQ(stop(), 0) << log();
}

TEST_F(NotifierProcessTest, ARestartReadsOnlyWhatIsNew) {
  write_cards(1, 200);
  write_control();
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(200); }, kPatience)) << feed();
  EXPECT_EQ(records_read(), 200);
  ASSERT_EQ(stop(), 0);
  write_cards(201, 205);
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(205); }, kPatience)) << feed();
  EXPECT_EQ(records_read(), 5);
  EXPECT_TRUE(cw::test::wait_until(
      [this] { return feed().find(R"("digest_equal":true)") != std::string::npos; }, kPatience))
      << feed();

  kill();
  write_cards(206, 206);
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(206); }, kPatience)) << feed();
  EXPECT_LE(records_read(), 6) << "what was stored by the stop is not read again";
  EXPECT_EQ(issuer_.cards().size(), 206U);
  check_order(issuer_);
  EXPECT_EQ(stop(), 0);
}

TEST_F(NotifierProcessTest, ADamagedStoreIsBuiltAnewAndNothingIsSentAgain) {
  write_cards(1, 100);
  write_control();
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(100); }, kPatience)) << feed();
  ASSERT_EQ(stop(), 0);
  std::size_t damaged = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(state("0"))) {
    if (file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(40);
    bytes << "this was not written here";
    ++damaged;
  }
  ASSERT_GT(damaged, 0U);
  const std::size_t before = issuer_.batches().size();
  start();
  ASSERT_TRUE(cw::test::wait_until([this] { return delivered(100); }, kPatience)) << feed();

  EXPECT_TRUE(cw::test::wait_until(
      [this] { return feed().find(R"("digest_equal":true)") != std::string::npos; }, kPatience))
      << feed();
  EXPECT_NE(log().find("refused_corrupt"), std::string::npos);
  EXPECT_EQ(records_read(), 100);
  EXPECT_EQ(issuer_.batches().size(), before);
  EXPECT_EQ(stop(), 0);
}

// Goal: issuers move between notifiers and nothing is lost, doubled or out of
// order. Method: a second one joins while entries keep coming, then the first
// leaves; the issuers' endpoint has seen every entry, each issuer's in order.
TEST_F(NotifierProcessTest, IssuersMoveBetweenTwoNotifiersWithoutLoss) {
  std::map<IssuerId, std::unique_ptr<IssuerImposter>> issuers;
  for (int i = 0; i < 8; ++i) {
    issuers.emplace("issuer-" + std::to_string(i), std::make_unique<IssuerImposter>(io_, ca_));
  }
  std::uint64_t next_card = 1;
  const auto write_each = [&](std::uint64_t cards) {
    for (const auto& [issuer, imposter] : issuers) {
      write_cards(next_card, next_card + cards - 1, issuer);
      next_card += cards;
    }
  };
  const auto all_there = [&] {
    std::size_t held = 0;
    for (const auto& [issuer, imposter] : issuers) held += imposter->cards().size();
    return held == next_card - 1;
  };
  write_control();
  for (const auto& [issuer, imposter] : issuers) write_issuer(issuer, *imposter);
  write_each(15);
  start("0");
  ASSERT_TRUE(cw::test::wait_until(all_there, kPatience)) << log("0");
  ASSERT_TRUE(cw::test::wait_until([&] { return ready("0"); }, kPatience)) << log("0");

  start("1");
  for (int i = 0; i < 10; ++i) write_each(3);
  ASSERT_TRUE(cw::test::wait_until([&] { return ready("0") && ready("1"); }, kPatience))
      << log("1");
  ASSERT_TRUE(cw::test::wait_until(all_there, kPatience)) << log("0") << log("1");
  const auto on_first = feeds("0");
  const auto on_second = feeds("1");
  EXPECT_FALSE(on_first.empty());
  EXPECT_FALSE(on_second.empty());
  for (const auto& [issuer, line] : on_first) EXPECT_FALSE(on_second.contains(issuer)) << issuer;
  // The one issuer of write_control() is somewhere, too.
  EXPECT_EQ(on_first.size() + on_second.size(), issuers.size() + 1);

  EXPECT_EQ(stop("0"), 0);
  write_each(5);
  ASSERT_TRUE(cw::test::wait_until(all_there, kPatience)) << log("1");
  EXPECT_EQ(feeds("1").size(), issuers.size() + 1);
  for (const auto& [issuer, imposter] : issuers) check_order(*imposter);
  EXPECT_EQ(stop("1"), 0);
}

}  // namespace
}  // namespace cw::notifier
