#include "bench/rd.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace cw::bench {
namespace {

constexpr int kWaitMs = 30'000;

[[noreturn]] void fail(const char* what, const char* why) {
  std::fprintf(stderr, "%s: %s\n", what, why);
  std::exit(70);
}

}  // namespace

void rd_check(rd_kafka_resp_err_t code, const char* what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(what, rd_kafka_err2str(code));
}

void rd_check(rd_kafka_error_t* error, const char* what) {
  if (error == nullptr) return;
  fail(what, rd_kafka_error_string(error));
}

RdClient rd_client(rd_kafka_type_t type, const std::string& brokers, const RdSettings& settings) {
  std::array<char, 512> why{};
  auto* conf = rd_kafka_conf_new();
  const auto set = [&](const std::string& key, const std::string& value) {
    const auto done = rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(), why.size());
    if (done != RD_KAFKA_CONF_OK) fail(key.c_str(), why.data());
  };
  set("bootstrap.servers", brokers);
  set("socket.nagle.disable", "true");
  set("log.connection.close", "false");
  for (const auto& [key, value] : settings) set(key, value);
  RdClient client{rd_kafka_new(type, conf, why.data(), why.size())};
  if (!client) fail("client", why.data());
  return client;
}

RdClient rd_consumer(const std::string& brokers, std::size_t megabytes, const RdSettings& more) {
  RdSettings settings{{"enable.auto.commit", "false"},
                      {"enable.auto.offset.store", "false"},
                      {"auto.offset.reset", "earliest"},
                      {"isolation.level", "read_committed"},
                      {"check.crcs", "true"},
                      {"queued.min.messages", "10000000"},
                      {"queued.max.messages.kbytes", std::to_string(megabytes * 1024)},
                      {"fetch.message.max.bytes", "4194304"},
                      {"fetch.wait.max.ms", "50"}};
  settings.insert(settings.end(), more.begin(), more.end());
  auto client = rd_client(RD_KAFKA_CONSUMER, brokers, settings);
  rd_kafka_poll_set_consumer(client.get());
  return client;
}

std::vector<std::int64_t> rd_ends(rd_kafka_t* client, const std::string& topic) {
  const RdTopic handle{rd_kafka_topic_new(client, topic.c_str(), nullptr)};
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_check(rd_kafka_metadata(client, 0, handle.get(), &metadata, kWaitMs), "metadata");
  const int count = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  if (count == 0) fail(topic.c_str(), "no such topic");
  std::vector<std::int64_t> ends;
  for (int partition = 0; partition < count; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_check(
        rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &low, &high, kWaitMs),
        "offsets");
    ends.push_back(high);
  }
  return ends;
}

}  // namespace cw::bench
