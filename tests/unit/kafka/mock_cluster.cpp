#include "mock_cluster.hpp"

#include "lib/base/assert.hpp"

#include <array>
#include <vector>

namespace cw::test {
namespace {

constexpr std::int32_t kBroker = 1;

}  // namespace

MockCluster::MockCluster() {
  std::array<char, 256> text{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "client.id", "mock-owner", text.data(), text.size());
  rd_kafka_conf_set(conf, "log_level", "0", text.data(), text.size());
  owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
  CW_ASSERT(owner_ != nullptr);
  cluster_ = rd_kafka_mock_cluster_new(owner_, 1);
  CW_ASSERT(cluster_ != nullptr);
}

MockCluster::~MockCluster() {
  rd_kafka_mock_cluster_destroy(cluster_);
  rd_kafka_destroy(owner_);
}

kafka::ClientOptions MockCluster::client() const {
  kafka::ClientOptions options;
  options.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
  options.client_id = "test";
  options.properties = {{"reconnect.backoff.ms", "10"}, {"reconnect.backoff.max.ms", "50"}};
  return options;
}

void MockCluster::fail_next(Request request, std::initializer_list<rd_kafka_resp_err_t> errors) {
  const std::vector<rd_kafka_resp_err_t> list{errors};
  rd_kafka_mock_push_request_errors_array(
      cluster_, static_cast<std::int16_t>(request), list.size(), list.data());
}

void MockCluster::set_down() {
  rd_kafka_mock_broker_set_down(cluster_, kBroker);
}
void MockCluster::set_up() {
  rd_kafka_mock_broker_set_up(cluster_, kBroker);
}
void MockCluster::delay_next(Request request, int count, int milliseconds) {
  for (int pushed = 0; pushed < count; ++pushed) {
    rd_kafka_mock_broker_push_request_error_rtts(cluster_,
                                                 kBroker,
                                                 static_cast<std::int16_t>(request),
                                                 std::size_t{1},
                                                 RD_KAFKA_RESP_ERR_NO_ERROR,
                                                 milliseconds);
  }
}

}  // namespace cw::test
