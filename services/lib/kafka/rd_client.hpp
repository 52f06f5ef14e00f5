#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/rd_handles.hpp"
#include "lib/kafka/record.hpp"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace cw::kafka {

/// What librdkafka calls back for one client; its opaque pointer. Must outlive the client.
/// THREAD: delivered and rebalanced run in the thread that polls, the rest in any.
class ClientEvents {
 public:
  explicit ClientEvents(const ClientOptions& options) : log_(options.log), stats_(options.stats) {}
  virtual ~ClientEvents() = default;
  ClientEvents(const ClientEvents&) = delete;
  ClientEvents& operator=(const ClientEvents&) = delete;

  virtual void delivered(const rd_kafka_message_t& /*message*/) {}
  virtual void rebalanced(rd_kafka_resp_err_t /*what*/,
                          rd_kafka_topic_partition_list_t* /*partitions*/) {}
  void failed(rd_kafka_resp_err_t code, const char* reason);
  void logged(int level, const char* facility, const char* text) const;
  void counted(std::string_view json) const;

  /// False from the moment when all brokers are down until contact() is called.
  [[nodiscard]] bool connected() const noexcept { return connected_; }
  void contact() noexcept { connected_ = true; }

 private:
  LogSink log_;
  StatsSink stats_;
  std::atomic<bool> connected_{false};
};

using Settings = std::vector<std::pair<std::string, std::string>>;

enum class ClientRole { kProducer, kConsumer };
enum class ClientCallbacks { kPlain, kDeliveryReports, kRebalance };

struct ClientPlan {
  ClientRole role = ClientRole::kProducer;
  ClientCallbacks callbacks = ClientCallbacks::kPlain;
  Settings defaults = {};  ///< What ClientOptions::properties may change.
  Settings fixed = {};     ///< What they may not: kConfigValue.
};

/// Builds a client without contacting a broker. Fails with kConfigValue, naming the property.
[[nodiscard]] Result<ClientPtr> make_client(const ClientOptions& options,
                                            const ClientPlan& plan,
                                            ClientEvents& events);

/// Settings that producers share, and those that consumers share.
[[nodiscard]] Settings producer_defaults();
/// What acknowledged means: stored, once, in order, where the Java client's partitioner would.
[[nodiscard]] Settings producer_fixed();
[[nodiscard]] Settings consumer_defaults();
/// Those of a consumer whose partitions are given to it: no group, nothing committed. `purpose`
/// tells its clients of one process apart.
[[nodiscard]] Settings assigned_consumer_fixed(const ClientOptions& client,
                                               std::string_view purpose);

/// What a code means to us, in one switch; `context` says which call on which topic.
[[nodiscard]] Error to_error(rd_kafka_resp_err_t code, std::string_view context);

/// Partition count of a topic. Fails with kTopicMissing, kBrokerUnavailable.
[[nodiscard]] Result<std::int32_t> fetch_partition_count(rd_kafka_t* client,
                                                         const std::string& topic,
                                                         int timeout_ms);

[[nodiscard]] PartitionListPtr to_partition_list(const std::vector<Position>& positions);
/// `topic` and `index` tell the message's topic; the view points into both.
[[nodiscard]] RecordView to_view(const rd_kafka_message_t& message,
                                 std::string_view topic,
                                 TopicIndex index) noexcept;

}  // namespace cw::kafka
