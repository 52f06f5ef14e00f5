#include "lib/kafka/group_consumer.hpp"

#include <algorithm>

namespace cw::kafka {

Result<std::unique_ptr<GroupConsumer>> GroupConsumer::create(const ClientOptions& client,
                                                             const GroupConsumerOptions& options) {
  std::unique_ptr<GroupConsumer> made{new GroupConsumer{client}};
  ClientPlan plan{ClientRole::kConsumer, ClientCallbacks::kRebalance, consumer_defaults(), {}};
  plan.defaults.insert(plan.defaults.end(),
                       {{"queued.max.messages.kbytes", std::to_string(options.prefetch_kilobytes)},
                        {"session.timeout.ms", std::to_string(options.session_timeout.count())},
                        {"max.poll.interval.ms", "600000"}});
  plan.fixed = {
      {"group.id", options.group_id},
      // Cooperative assignment loses assignments and commits in 2.0.2 (librdkafka #4059).
      {"partition.assignment.strategy", "range"},
      {"isolation.level", "read_committed"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      {"auto.offset.reset", "error"},
  };
  if (!options.instance_id.empty()) {
    plan.fixed.emplace_back("group.instance.id", options.instance_id);
  }
  made->on_revoke_ = options.on_revoke;
  auto opened = make_client(client, plan, *made);
  if (!opened) return std::move(opened).error();
  made->client_ = std::move(opened).value();
  made->sound();
  // From here on only the batch call may be used: rd_kafka_poll() on this handle aborts.
  rd_kafka_poll_set_consumer(made->client_.get());
  made->queue_.reset(rd_kafka_queue_get_consumer(made->client_.get()));
  return made;
}

Status GroupConsumer::subscribe(const std::vector<std::string>& topics) {
  const PartitionListPtr list{rd_kafka_topic_partition_list_new(static_cast<int>(topics.size()))};
  for (const auto& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto code = rd_kafka_subscribe(client_.get(), list.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Ok{};
  return to_error(code, "subscribe");
}

Result<MessageBatch> GroupConsumer::poll(std::size_t records_max,
                                         std::chrono::milliseconds wait,
                                         std::chrono::milliseconds linger) {
  auto batch = MessageBatch::gather(queue_.get(), records_max, wait, linger);
  // Messages gathered before and after a rebalance stand side by side in it.
  if (rebalanced_) batch.clear();
  if (auto status = check(batch); !status) return std::move(status).error();
  return batch;
}

Status GroupConsumer::check_membership() {
  constexpr std::size_t kDropMax = 10'000;
  static_cast<void>(MessageBatch::poll(queue_.get(), kDropMax, std::chrono::milliseconds{0}));
  return check_fatal();
}

Status GroupConsumer::check_fatal() const {
  const auto fatal = rd_kafka_fatal_error(client_.get(), nullptr, 0);
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(fatal, "consumer");
  return Ok{};
}

Status GroupConsumer::check(const MessageBatch& batch) const {
  if (auto status = check_fatal(); !status) return status;
  for (const auto* message : batch.messages()) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    auto error = to_error(message->err, "reading");
    if (error.code != Errc::kNotFound) continue;
    error.detail += ": records are gone that the committed offsets speak of";
    return error;
  }
  return Ok{};
}

void GroupConsumer::rebalanced(rd_kafka_resp_err_t what,
                               rd_kafka_topic_partition_list_t* partitions) {
  rebalanced_ = true;
  if (rd_kafka_assignment_lost(client_.get()) != 0) lost_ = true;
  assignment_.clear();
  has_assignment_ = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  if (!has_assignment_) {
    if (on_revoke_) on_revoke_(lost_);
    static_cast<void>(assign(nullptr));
    return;
  }
  for (int at = 0; at < partitions->cnt; ++at) {
    assignment_.push_back({partitions->elems[at].topic, partitions->elems[at].partition});
  }
  // The owner calls read_from() once it knows the offsets; asking for them here could block the
  // callback for long. Until then the member owns its partitions and reads none.
  const PartitionListPtr none{rd_kafka_topic_partition_list_new(0)};
  static_cast<void>(assign(none.get()));
}

// librdkafka 2.0.2 stops the process (rdkafka_assignment.c, rktp_started) when a partition is taken
// away again while it is still being stopped. Stopping is two messages through the queue of its
// main thread: the request, in it by the time rd_kafka_assign() returns, and the answer. Two
// questions through the same queue come back behind them.
rd_kafka_resp_err_t GroupConsumer::assign(const rd_kafka_topic_partition_list_t* partitions) {
  const auto code = rd_kafka_assign(client_.get(), partitions);
  for (int question = 0; question < 2; ++question) {
    rd_kafka_topic_partition_list_t* raw = nullptr;
    rd_kafka_assignment(client_.get(), &raw);
    const PartitionListPtr dropped{raw};
  }
  return code;
}

Result<std::vector<Position>> GroupConsumer::committed(
    const std::vector<TopicPartition>& partitions, std::chrono::milliseconds wait) {
  std::vector<Position> result;
  if (partitions.empty()) return result;
  for (const auto& where : partitions) result.push_back({where, RD_KAFKA_OFFSET_INVALID});
  const auto list = to_partition_list(result);
  const auto code = rd_kafka_committed(client_.get(), list.get(), static_cast<int>(wait.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "committed offsets");
  for (std::size_t at = 0; at < result.size(); ++at) {
    const auto& found = list->elems[at];
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return to_error(found.err, "committed offset of " + result[at].where.topic);
    }
    result[at].offset = std::max<std::int64_t>(found.offset, -1);
  }
  return result;
}

Status GroupConsumer::read_from(const std::vector<Position>& positions) {
  auto from = positions;
  for (auto& position : from) {
    if (position.offset == 0) position.offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  const auto code = assign(to_partition_list(from).get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Ok{};
  return to_error(code, "assign");
}

std::int64_t GroupConsumer::lag(const std::vector<Position>& positions) const {
  std::int64_t sum = 0;
  for (const auto& [where, offset] : positions) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_kafka_get_watermark_offsets(
        client_.get(), where.topic.c_str(), where.partition, &low, &high);
    if (high > 0) sum += std::max<std::int64_t>(0, high - offset);
  }
  return sum;
}

Result<std::int32_t> GroupConsumer::partition_count(const std::string& topic,
                                                    std::chrono::milliseconds wait) {
  return fetch_partition_count(client_.get(), topic, static_cast<int>(wait.count()));
}

}  // namespace cw::kafka
