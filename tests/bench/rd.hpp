#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cw::bench {

// librdkafka as it is, without the library that the services use: what stands beside them must
// not share their code.

struct RdFree {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};

using RdClient = std::unique_ptr<rd_kafka_t, RdFree>;
using RdQueue = std::unique_ptr<rd_kafka_queue_t, RdFree>;
using RdPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t, RdFree>;
using RdTopic = std::unique_ptr<rd_kafka_topic_t, RdFree>;
using RdMessage = std::unique_ptr<rd_kafka_message_t, RdFree>;

using RdSettings = std::vector<std::pair<std::string, std::string>>;

/// Ends the program if it cannot be made.
[[nodiscard]] RdClient rd_client(rd_kafka_type_t type,
                                 const std::string& brokers,
                                 const RdSettings& settings);
/// A consumer tuned for throughput, with room for `megabytes` of records fetched ahead.
[[nodiscard]] RdClient rd_consumer(const std::string& brokers,
                                   std::size_t megabytes,
                                   const RdSettings& more);
/// Offsets one past the last record, by partition.
[[nodiscard]] std::vector<std::int64_t> rd_ends(rd_kafka_t* client, const std::string& topic);
/// Ends the program if `code` is one of failure.
void rd_check(rd_kafka_resp_err_t code, const char* what);
/// The same; frees the error.
void rd_check(rd_kafka_error_t* error, const char* what);

}  // namespace cw::bench
