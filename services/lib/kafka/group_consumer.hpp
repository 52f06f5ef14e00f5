#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/message_batch.hpp"
#include "lib/kafka/rd_client.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cw::kafka {

struct GroupConsumerOptions {
  std::string group_id = {};
  std::string instance_id = {};  ///< Empty: a member without a name.
  std::chrono::milliseconds session_timeout{45'000};
  std::size_t prefetch_kilobytes = 256UL * 1024;
  /// Called within poll() before partitions are given up: the group waits for it. `lost`: they were
  /// taken away, and another member may have them already.
  std::function<void(bool lost)> on_revoke = {};
};

/// A member of a consumer group (range assignor) that reads nothing by itself: the owner
/// learns of an assignment and then says from which offsets to read it.
/// THREAD: one owner thread; rebalances happen only within poll().
class GroupConsumer : private ClientEvents {
 public:
  [[nodiscard]] static Result<std::unique_ptr<GroupConsumer>> create(
      const ClientOptions& client, const GroupConsumerOptions& options);

  [[nodiscard]] Status subscribe(const std::vector<std::string>& topics);
  /// Waits for a first record, then up to `linger` for more. A batch that was gathered while a
  /// rebalance took place is dropped: it comes back empty. Fails with kFenced, kNotFound (records
  /// before our offsets are gone), kKafkaFatal.
  [[nodiscard]] Result<MessageBatch> poll(std::size_t records_max,
                                          std::chrono::milliseconds wait,
                                          std::chrono::milliseconds linger);
  /// Lets callbacks run and drops what was fetched (call read_from() afterwards). Fails with
  /// kFenced once the group has a younger member of our name, and with kKafkaFatal.
  [[nodiscard]] Status check_membership();
  /// Whether the broker or the group was out of reach since the last sound(). The group may then
  /// fence this member by its own earlier join; otherwise only a twin of its name can.
  [[nodiscard]] bool interrupted() const noexcept { return lost_ || !connected(); }
  /// A transaction of this member has just been committed.
  void sound() noexcept {
    lost_ = false;
    contact();
  }
  /// True once after each rebalance.
  [[nodiscard]] bool take_rebalanced() noexcept { return std::exchange(rebalanced_, false); }
  /// False between a revocation and the next assignment.
  [[nodiscard]] bool has_assignment() const noexcept { return has_assignment_; }
  [[nodiscard]] const std::vector<TopicPartition>& assignment() const noexcept {
    return assignment_;
  }

  /// What the group has committed, waiting for open transactions to end. None: offset -1.
  [[nodiscard]] Result<std::vector<Position>> committed(
      const std::vector<TopicPartition>& partitions, std::chrono::milliseconds wait);
  /// Reads from these positions from now on, and nothing else. 0 means the beginning.
  [[nodiscard]] Status read_from(const std::vector<Position>& positions);
  /// Records on the broker beyond these positions, as far as known.
  [[nodiscard]] std::int64_t lag(const std::vector<Position>& positions) const;
  [[nodiscard]] Result<std::int32_t> partition_count(const std::string& topic,
                                                     std::chrono::milliseconds wait);
  [[nodiscard]] rd_kafka_t& client() noexcept { return *client_; }
  /// A line of ours among librdkafka's; see ClientEvents.
  using ClientEvents::logged;

 private:
  explicit GroupConsumer(const ClientOptions& client) : ClientEvents(client) {}
  void rebalanced(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions) override;
  [[nodiscard]] rd_kafka_resp_err_t assign(const rd_kafka_topic_partition_list_t* partitions);
  [[nodiscard]] Status check_fatal() const;
  [[nodiscard]] Status check(const MessageBatch& batch) const;

  ClientPtr client_;
  QueuePtr queue_;
  std::function<void(bool)> on_revoke_;
  std::vector<TopicPartition> assignment_;
  bool has_assignment_ = false;
  bool rebalanced_ = false;
  bool lost_ = false;  ///< Partitions were taken away, not handed back.
};

}  // namespace cw::kafka
