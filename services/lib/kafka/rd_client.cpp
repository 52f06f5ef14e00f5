#include "lib/kafka/rd_client.hpp"

#include <array>
#include <cstring>

namespace cw::kafka {
namespace {

constexpr std::size_t kErrorTextMax = 512;

ClientEvents& events_of(void* opaque) {
  return *static_cast<ClientEvents*>(opaque);
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  events_of(rd_kafka_opaque(client)).logged(level, facility, text);
}

int on_stats(rd_kafka_t* /*client*/, char* json, std::size_t size, void* opaque) {
  events_of(opaque).counted({json, size});
  return 0;  // librdkafka frees the text.
}

void on_error(rd_kafka_t* /*client*/, int code, const char* reason, void* opaque) {
  events_of(opaque).failed(static_cast<rd_kafka_resp_err_t>(code), reason);
}

void on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
  events_of(opaque).delivered(*message);
}

void on_rebalance(rd_kafka_t* /*client*/,
                  rd_kafka_resp_err_t what,
                  rd_kafka_topic_partition_list_t* partitions,
                  void* opaque) {
  events_of(opaque).rebalanced(what, partitions);
}

Status set(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
  std::array<char, kErrorTextMax> text{};
  const auto result = rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text.data(), text.size());
  if (result == RD_KAFKA_CONF_OK) return Ok{};
  return Error{Errc::kConfigValue, "kafka property " + key + ": " + text.data()};
}

Status set_all(rd_kafka_conf_t* conf, const Settings& settings) {
  for (const auto& [key, value] : settings) {
    if (auto status = set(conf, key, value); !status) return status;
  }
  return Ok{};
}

Status set_properties(rd_kafka_conf_t* conf, const ClientOptions& options, const Settings& fixed) {
  for (const auto& [key, value] : options.properties) {
    for (const auto& [fixed_key, fixed_value] : fixed) {
      if (key == fixed_key && value != fixed_value) {
        return Error{Errc::kConfigValue, "kafka property " + key + " must be " + fixed_value};
      }
    }
    if (auto status = set(conf, key, value); !status) return status;
  }
  return Ok{};
}

void set_callbacks(rd_kafka_conf_t* conf, const ClientPlan& plan, ClientEvents& events) {
  rd_kafka_conf_set_opaque(conf, &events);
  rd_kafka_conf_set_log_cb(conf, on_log);
  rd_kafka_conf_set_stats_cb(conf, on_stats);
  rd_kafka_conf_set_error_cb(conf, on_error);
  if (plan.callbacks == ClientCallbacks::kDeliveryReports) {
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  }
  if (plan.callbacks == ClientCallbacks::kRebalance) {
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
  }
}

}  // namespace

void ClientEvents::failed(rd_kafka_resp_err_t code, const char* reason) {
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) connected_ = false;
  constexpr int kWarning = 4;
  logged(kWarning, rd_kafka_err2name(code), reason);
}

void ClientEvents::logged(int level, const char* facility, const char* text) const {
  if (log_) log_(level, facility, text);
}

void ClientEvents::counted(std::string_view json) const {
  if (stats_) stats_(json);
}

Result<ClientPtr> make_client(const ClientOptions& options,
                              const ClientPlan& plan,
                              ClientEvents& events) {
  ConfPtr conf{rd_kafka_conf_new()};
  const Settings common{
      {"bootstrap.servers", options.brokers},
      {"client.id", options.client_id},
      {"socket.nagle.disable", "true"},
      {"statistics.interval.ms", options.stats ? "5000" : "0"},
      {"log.connection.close", "false"},
      // The default waits up to ten seconds before a broker that came back is tried again.
      {"reconnect.backoff.max.ms", "1000"},
  };
  for (const Settings* settings : {&common, &plan.defaults}) {
    if (auto status = set_all(conf.get(), *settings); !status) return std::move(status).error();
  }
  if (auto status = set_properties(conf.get(), options, plan.fixed); !status) {
    return std::move(status).error();
  }
  if (auto status = set_all(conf.get(), plan.fixed); !status) return std::move(status).error();
  set_callbacks(conf.get(), plan, events);

  std::array<char, kErrorTextMax> text{};
  const auto type = plan.role == ClientRole::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  ClientPtr client{rd_kafka_new(type, conf.get(), text.data(), text.size())};
  if (!client) return Error{Errc::kConfigValue, std::string{"kafka client: "} + text.data()};
  static_cast<void>(conf.release());  // The client owns it now.
  return client;
}

Settings producer_defaults() {
  return {
      {"compression.codec", "lz4"},
      {"partitioner", "murmur2_random"},
      {"batch.size", "1000000"},
      {"batch.num.messages", "100000"},
      {"linger.ms", "5"},
      // How long a missing topic may be on its way; with the default, records time out first.
      {"topic.metadata.propagation.max.ms", "10000"},
  };
}

// One request in flight, in transactions too: a broker that does not know a young partition yet
// when a producer's first request comes, and knows it when the second does, takes that one as the
// beginning; the first, sent again, then counts as a repeat, which is acknowledged and thrown away.
Settings producer_fixed() {
  return {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"max.in.flight.requests.per.connection", "1"},
      {"partitioner", "murmur2_random"},
  };
}

Settings consumer_defaults() {
  return {
      // A full prefetch queue costs 2.0.2 a second of silence: bound it by bytes alone.
      {"queued.min.messages", "10000000"},
      {"fetch.message.max.bytes", "4194304"},
      {"fetch.wait.max.ms", "50"},
      {"fetch.error.backoff.ms", "50"},
      {"check.crcs", "true"},
  };
}

Settings assigned_consumer_fixed(const ClientOptions& client, std::string_view purpose) {
  return {
      // librdkafka wants a group to assign partitions by hand; nothing is ever committed in it.
      {"group.id", client.client_id + "." + std::string{purpose}},
      {"isolation.level", "read_committed"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      {"auto.offset.reset", "error"},
  };
}

Error to_error(rd_kafka_resp_err_t code, std::string_view context) {
  Errc mapped = Errc::kKafkaFatal;
  switch (code) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      mapped = Errc::kQueueFull;
      break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
      mapped = Errc::kRecordTooLarge;
      break;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      mapped = Errc::kTopicMissing;
      break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__NO_OFFSET:
      mapped = Errc::kNotFound;
      break;
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__DESTROY:
      mapped = Errc::kCancelled;
      break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR__ISR_INSUFF:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
      mapped = Errc::kBrokerUnavailable;
      break;
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      mapped = Errc::kFenced;
      break;
    default:
      break;
  }
  return {mapped, std::string{context} + ": " + rd_kafka_err2str(code)};
}

Result<std::int32_t> fetch_partition_count(rd_kafka_t* client,
                                           const std::string& topic,
                                           int timeout_ms) {
  const TopicPtr handle{rd_kafka_topic_new(client, topic.c_str(), nullptr)};
  if (!handle) return to_error(rd_kafka_last_error(), "topic " + topic);
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(client, /*all_topics=*/0, handle.get(), &raw, timeout_ms);
  const MetadataPtr metadata{raw};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "metadata of " + topic);
  if (metadata->topic_cnt != 1) return Error{Errc::kTopicMissing, "topic " + topic};
  const auto& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(found.err, "topic " + topic);
  return found.partition_cnt;
}

PartitionListPtr to_partition_list(const std::vector<Position>& positions) {
  PartitionListPtr list{rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()))};
  for (const auto& position : positions) {
    rd_kafka_topic_partition_list_add(
        list.get(), position.where.topic.c_str(), position.where.partition)
        ->offset = position.offset;
  }
  return list;
}

RecordView to_view(const rd_kafka_message_t& message,
                   std::string_view topic,
                   TopicIndex index) noexcept {
  rd_kafka_timestamp_type_t type{};
  RecordView view;
  view.topic = topic;
  view.topic_index = index;
  view.partition = message.partition;
  view.offset = message.offset;
  view.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  if (message.key != nullptr) view.key = {static_cast<const char*>(message.key), message.key_len};
  view.tombstone = message.payload == nullptr;
  if (!view.tombstone) view.value = {static_cast<const char*>(message.payload), message.len};
  return view;
}

}  // namespace cw::kafka
