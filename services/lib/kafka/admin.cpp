#include "lib/kafka/admin.hpp"

#include "lib/kafka/group_inspector.hpp"
#include "lib/kafka/rd_client.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace cw::kafka {
namespace {

constexpr std::size_t kErrorTextMax = 512;
using Milliseconds = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

int to_ms(Milliseconds wait) {
  return static_cast<int>(wait.count());
}

Result<NewTopicPtr> to_new_topic(const TopicSpec& spec) {
  std::array<char, kErrorTextMax> text{};
  NewTopicPtr topic{rd_kafka_NewTopic_new(
      spec.name.c_str(), spec.partitions, spec.replication, text.data(), text.size())};
  if (!topic) return Error{Errc::kConfigValue, "topic " + spec.name + ": " + text.data()};
  for (const auto& [key, value] : spec.config) {
    const auto code = rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Error{Errc::kConfigValue, "topic " + spec.name + ": " + key};
    }
  }
  return topic;
}

/// A topic that has just been created is not known to every broker at once, and its partitions
/// have no leader for a moment: asks again while `passing` says so and there is time.
template <class Ask, class Passing>
auto ask_until(Clock::time_point deadline, Ask ask, Passing passing) {
  constexpr Milliseconds kPause{50};
  auto answer = ask();
  while (!answer && passing(answer.error().code) && Clock::now() + kPause < deadline) {
    std::this_thread::sleep_for(kPause);
    answer = ask();
  }
  return answer;
}

bool is_unavailable(Errc code) {
  return code == Errc::kBrokerUnavailable;
}
bool is_passing(Errc code) {
  return is_unavailable(code) || code == Errc::kTopicMissing;
}

Result<TopicOutcome> to_outcome(const rd_kafka_topic_result_t& result) {
  const std::string name = rd_kafka_topic_result_name(&result);
  const auto code = rd_kafka_topic_result_error(&result);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return TopicOutcome{name, true};
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return TopicOutcome{name, false};
  auto error = to_error(code, "create topic " + name);
  // What the broker refuses for good is wrong in the description of the topic.
  if (error.code == Errc::kKafkaFatal) error.code = Errc::kConfigValue;
  const char* text = rd_kafka_topic_result_error_string(&result);
  if (text != nullptr) error.detail += std::string{" ("} + text + ")";
  return error;
}

}  // namespace

class Admin::Impl : public ClientEvents {
 public:
  explicit Impl(const ClientOptions& options) : ClientEvents(options), options_(options) {}

  Status open() {
    auto made = make_client(options_, {}, *this);
    if (!made) return std::move(made).error();
    client_ = std::move(made).value();
    queue_.reset(rd_kafka_queue_new(client_.get()));
    return Ok{};
  }

  /// Waits for the answer to an admin request that was sent with queue().
  [[nodiscard]] Result<EventPtr> answer(Milliseconds wait, std::string_view context) {
    constexpr Milliseconds kGrace{1000};  // The request's own time-out comes first.
    EventPtr event{rd_kafka_queue_poll(queue_.get(), to_ms(wait + kGrace))};
    if (!event) return Error{Errc::kBrokerUnavailable, std::string{context} + ": no answer"};
    const auto code = rd_kafka_event_error(event.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, context);
    return event;
  }

  [[nodiscard]] AdminOptionsPtr request_options(rd_kafka_admin_op_t operation, Milliseconds wait) {
    std::array<char, kErrorTextMax> text{};
    AdminOptionsPtr options{rd_kafka_AdminOptions_new(client_.get(), operation)};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), to_ms(wait), text.data(), text.size());
    return options;
  }

  [[nodiscard]] Result<std::int64_t> end_of(const TopicPartition& where, Milliseconds wait) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto code = rd_kafka_query_watermark_offsets(
        client_.get(), where.topic.c_str(), where.partition, &low, &high, to_ms(wait));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "end of " + where.topic);
    return high;
  }

  // librdkafka 2.0.2 ends the process (SIGSEGV in rd_kafka_cgrp_op) when a client without a group
  // of its own asks for a group's offsets and is answered by a broker that is not, or not yet, the
  // group's coordinator: so on every new cluster. So a client of that very group asks.
  [[nodiscard]] Result<GroupInspector*> inspector(const std::string& group) {
    auto& kept = inspectors_[group];
    if (!kept) {
      auto made = GroupInspector::create(options_, group);
      if (!made) return std::move(made).error();
      kept = std::move(made).value();
    }
    return kept.get();
  }

  [[nodiscard]] rd_kafka_t* client() noexcept { return client_.get(); }
  [[nodiscard]] rd_kafka_queue_t* queue() noexcept { return queue_.get(); }

 private:
  ClientOptions options_;
  ClientPtr client_;
  QueuePtr queue_;
  std::map<std::string, std::unique_ptr<GroupInspector>> inspectors_;
};

Admin::Admin(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Admin::~Admin() = default;

Result<std::unique_ptr<Admin>> Admin::create(const ClientOptions& client) {
  auto impl = std::make_unique<Impl>(client);
  if (auto status = impl->open(); !status) return std::move(status).error();
  return std::unique_ptr<Admin>{new Admin{std::move(impl)}};
}

Result<std::vector<TopicOutcome>> Admin::create_topics(std::span<const TopicSpec> specs,
                                                       Milliseconds wait) {
  std::vector<TopicOutcome> outcomes;
  std::vector<NewTopicPtr> topics;
  std::vector<rd_kafka_NewTopic_t*> raw;
  for (const auto& spec : specs) {
    auto topic = to_new_topic(spec);
    if (!topic) return std::move(topic).error();
    topics.push_back(std::move(topic).value());
    raw.push_back(topics.back().get());
  }
  if (raw.empty()) return outcomes;

  const auto options = impl_->request_options(RD_KAFKA_ADMIN_OP_CREATETOPICS, wait);
  rd_kafka_CreateTopics(impl_->client(), raw.data(), raw.size(), options.get(), impl_->queue());
  const auto answer = impl_->answer(wait, "create topics");
  if (!answer) return answer.error();
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(answer.value().get()), &count);
  for (std::size_t at = 0; at < count; ++at) {
    auto outcome = to_outcome(*results[at]);
    if (!outcome) return std::move(outcome).error();
    outcomes.push_back(std::move(outcome).value());
  }
  if (auto status = check_counts(specs, outcomes, wait); !status) return std::move(status).error();
  return outcomes;
}

Status Admin::check_counts(std::span<const TopicSpec> specs,
                           const std::vector<TopicOutcome>& outcomes,
                           Milliseconds wait) {
  const auto deadline = Clock::now() + wait;
  for (const auto& spec : specs) {
    const auto count = ask_until(
        deadline, [&] { return partition_count(spec.name, wait); }, is_passing);
    if (!count) return count.error();
    const bool there = std::any_of(outcomes.begin(), outcomes.end(), [&](const auto& outcome) {
      return outcome.name == spec.name && !outcome.created;
    });
    if (there && count.value() != spec.partitions) {
      return Error{Errc::kConflict,
                   "topic " + spec.name + " has " + std::to_string(count.value()) +
                       " partitions, not " + std::to_string(spec.partitions)};
    }
  }
  return Ok{};
}

Result<std::vector<TopicInfo>> Admin::list_topics(Milliseconds wait) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code =
      rd_kafka_metadata(impl_->client(), /*all_topics=*/1, nullptr, &raw, to_ms(wait));
  const MetadataPtr metadata{raw};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "list topics");
  std::vector<TopicInfo> result;
  for (int at = 0; at < metadata->topic_cnt; ++at) {
    const auto& topic = metadata->topics[at];
    const std::string name = topic.topic;
    if (name.starts_with("__")) continue;
    const int replicas = topic.partition_cnt > 0 ? topic.partitions[0].replica_cnt : 0;
    result.push_back({name, topic.partition_cnt, static_cast<std::int16_t>(replicas)});
  }
  std::sort(result.begin(), result.end(), [](const auto& left, const auto& right) {
    return left.name < right.name;
  });
  return result;
}

Result<std::map<std::string, std::string>> Admin::describe_config(const std::string& topic,
                                                                  Milliseconds wait) {
  const ConfigResourcePtr resource{
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str())};
  const auto options = impl_->request_options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, wait);
  auto* wanted = resource.get();
  rd_kafka_DescribeConfigs(impl_->client(), &wanted, 1, options.get(), impl_->queue());
  const auto answer = impl_->answer(wait, "describe topic " + topic);
  if (!answer) return answer.error();

  std::size_t resources = 0;
  const auto* results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(answer.value().get()), &resources);
  if (resources != 1) return Error{Errc::kTopicMissing, topic};
  const auto code = rd_kafka_ConfigResource_error(results[0]);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "describe topic " + topic);
  std::size_t count = 0;
  const auto* entries = rd_kafka_ConfigResource_configs(results[0], &count);
  std::map<std::string, std::string> config;
  for (std::size_t at = 0; at < count; ++at) {
    const char* value = rd_kafka_ConfigEntry_value(entries[at]);
    config[rd_kafka_ConfigEntry_name(entries[at])] = value == nullptr ? "" : value;
  }
  return config;
}

Result<std::int32_t> Admin::partition_count(const std::string& topic, Milliseconds wait) {
  return fetch_partition_count(impl_->client(), topic, to_ms(wait));
}

Result<std::vector<Position>> Admin::end_offsets(const std::string& topic, Milliseconds wait) {
  const auto count = partition_count(topic, wait);
  if (!count) return count.error();
  std::vector<Position> result;
  const auto deadline = Clock::now() + wait;
  for (std::int32_t partition = 0; partition < count.value(); ++partition) {
    const auto end = ask_until(
        deadline,
        [&] {
          return impl_->end_of({topic, partition}, wait);
        },
        is_unavailable);
    if (!end) return end.error();
    result.push_back({{topic, partition}, end.value()});
  }
  return result;
}

Result<std::vector<Position>> Admin::committed(const std::string& group,
                                               const std::string& topic,
                                               Milliseconds wait) {
  const auto count = partition_count(topic, wait);
  if (!count) return count.error();
  std::vector<TopicPartition> wanted;
  for (std::int32_t partition = 0; partition < count.value(); ++partition) {
    wanted.push_back({topic, partition});
  }
  const auto inspector = impl_->inspector(group);
  if (!inspector) return inspector.error();
  return inspector.value()->committed(wanted, wait);
}

}  // namespace cw::kafka
