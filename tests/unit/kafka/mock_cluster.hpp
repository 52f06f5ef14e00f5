#pragma once

#include "lib/kafka/client_options.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace cw::test {

/// API keys of the requests that tests make fail.
enum class Request : std::int16_t {
  kProduce = 0,
  kOffsetFetch = 9,
  kInitProducerId = 22,
  kEndTxn = 26
};

/// librdkafka's own imitation of a one-broker cluster, in this process, on loopback. Topics come
/// into being when they are first asked for.
class MockCluster {
 public:
  MockCluster();
  ~MockCluster();
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  /// Options of a client of this cluster.
  [[nodiscard]] kafka::ClientOptions client() const;
  /// The next requests of this kind are answered with these errors, one each.
  void fail_next(Request request, std::initializer_list<rd_kafka_resp_err_t> errors);
  void set_down();
  void set_up();
  /// The next `count` requests of this kind are answered only after so long.
  void delay_next(Request request, int count, int milliseconds);

 private:
  rd_kafka_t* owner_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace cw::test
