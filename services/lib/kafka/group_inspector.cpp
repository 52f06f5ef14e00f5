#include "lib/kafka/group_inspector.hpp"

#include "lib/kafka/rd_client.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace cw::kafka {
namespace {

using Milliseconds = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using GroupListPtr =
    std::unique_ptr<const rd_kafka_group_list, RdDeleter<rd_kafka_group_list_destroy>>;
constexpr Milliseconds kPause{50};
constexpr Milliseconds kRequestMax{10'000};

int to_ms(Milliseconds wait) {
  return static_cast<int>(std::clamp(wait, Milliseconds{1}, kRequestMax).count());
}

/// Asks again while the answer is a passing failure and there is time.
template <class Ask>
auto ask_until(Clock::time_point deadline, Ask ask) {
  auto answer = ask();
  while (!answer && answer.error().code == Errc::kBrokerUnavailable &&
         Clock::now() + kPause < deadline) {
    std::this_thread::sleep_for(kPause);
    answer = ask();
  }
  return answer;
}

}  // namespace

class GroupInspector::Impl : public ClientEvents {
 public:
  Impl(const ClientOptions& client, std::string group)
      : ClientEvents(client), group_(std::move(group)) {}

  Status open(const ClientOptions& client) {
    ClientPlan plan{ClientRole::kConsumer, ClientCallbacks::kPlain, {}, {}};
    plan.fixed = {
        {"group.id", group_},
        {"enable.auto.commit", "false"},
        // So that the end of a partition is told as it is, and not as far as all is committed.
        {"isolation.level", "read_uncommitted"},
    };
    auto made = make_client(client, plan, *this);
    if (!made) return std::move(made).error();
    client_ = std::move(made).value();
    queue_.reset(rd_kafka_queue_new(client_.get()));
    return Ok{};
  }

  [[nodiscard]] Result<std::vector<Position>> committed(std::span<const TopicPartition> partitions,
                                                        Milliseconds wait) {
    std::vector<Position> wanted;
    for (const auto& where : partitions) wanted.push_back({where, RD_KAFKA_OFFSET_INVALID});
    const GroupOffsetsRequestPtr request{
        rd_kafka_ListConsumerGroupOffsets_new(group_.c_str(), to_partition_list(wanted).get())};
    const AdminOptionsPtr options{
        rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)};
    std::array<char, 512> text{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), to_ms(wait), text.data(), text.size());
    const ErrorPtr refused{rd_kafka_AdminOptions_set_require_stable_offsets(options.get(), 1)};
    if (refused) return to_error(rd_kafka_error_code(refused.get()), "stable offsets");
    auto* raw = request.get();
    rd_kafka_ListConsumerGroupOffsets(client_.get(), &raw, 1, options.get(), queue_.get());
    constexpr Milliseconds kGrace{1000};  // The request's own time-out comes first.
    const EventPtr event{
        rd_kafka_queue_poll(queue_.get(), to_ms(wait) + static_cast<int>(kGrace.count()))};
    if (!event) return Error{Errc::kBrokerUnavailable, "offsets of group " + group_};
    if (const auto code = rd_kafka_event_error(event.get()); code != 0) {
      return to_error(code, "offsets of group " + group_);
    }
    return positions_of(*event, partitions);
  }

  /// One request to each leader, however many partitions.
  [[nodiscard]] Result<std::vector<Position>> ends(std::span<const TopicPartition> partitions,
                                                   Milliseconds wait) {
    std::vector<Position> wanted;
    for (const auto& where : partitions) wanted.push_back({where, RD_KAFKA_OFFSET_END});
    const auto list = to_partition_list(wanted);
    const auto code = rd_kafka_offsets_for_times(client_.get(), list.get(), to_ms(wait));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "ends of partitions");
    for (std::size_t at = 0; at < wanted.size(); ++at) {
      const auto& found = list->elems[at];
      if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(found.err, found.topic);
      wanted[at].offset = found.offset;
    }
    return wanted;
  }

  [[nodiscard]] Result<GroupMembers> members(Milliseconds wait) {
    const rd_kafka_group_list* raw = nullptr;
    const auto code = rd_kafka_list_groups(client_.get(), group_.c_str(), &raw, to_ms(wait));
    const GroupListPtr list{raw};
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "members of group " + group_);
    GroupMembers members;
    for (int at = 0; at < list->group_cnt; ++at) {
      const auto& group = list->groups[at];
      if (group.err != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(group.err, "group " + group_);
      if (group_ != group.group) continue;
      members.state = group.state == nullptr ? "" : group.state;
      members.count = static_cast<std::size_t>(group.member_cnt);
    }
    return members;
  }

 private:
  [[nodiscard]] Result<std::vector<Position>> positions_of(
      rd_kafka_event_t& event, std::span<const TopicPartition> partitions) const {
    std::size_t groups = 0;
    const auto* results = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(&event), &groups);
    if (groups != 1) return Error{Errc::kNotFound, "group " + group_};
    const auto* error = rd_kafka_group_result_error(results[0]);
    if (error != nullptr) return to_error(rd_kafka_error_code(error), "offsets of " + group_);
    const auto* list = rd_kafka_group_result_partitions(results[0]);
    std::vector<Position> positions;
    for (const auto& where : partitions) {
      const auto* found = rd_kafka_topic_partition_list_find(
          const_cast<rd_kafka_topic_partition_list_t*>(list), where.topic.c_str(), where.partition);
      if (found == nullptr) return Error{Errc::kNotFound, "offset of " + where.topic};
      if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(found->err, where.topic);
      positions.push_back({where, std::max<std::int64_t>(found->offset, -1)});
    }
    return positions;
  }

  std::string group_;
  ClientPtr client_;
  QueuePtr queue_;
};

GroupInspector::GroupInspector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GroupInspector::~GroupInspector() = default;

Result<std::unique_ptr<GroupInspector>> GroupInspector::create(const ClientOptions& client,
                                                               std::string group) {
  auto impl = std::make_unique<Impl>(client, std::move(group));
  if (auto status = impl->open(client); !status) return std::move(status).error();
  return std::unique_ptr<GroupInspector>{new GroupInspector{std::move(impl)}};
}

Result<std::vector<Position>> GroupInspector::committed(std::span<const TopicPartition> partitions,
                                                        Milliseconds wait) {
  return ask_until(Clock::now() + wait, [&] { return impl_->committed(partitions, wait); });
}

Result<std::vector<Position>> GroupInspector::ends(std::span<const TopicPartition> partitions,
                                                   Milliseconds wait) {
  return ask_until(Clock::now() + wait, [&] { return impl_->ends(partitions, wait); });
}

Result<GroupMembers> GroupInspector::members(Milliseconds wait) {
  return ask_until(Clock::now() + wait, [&] { return impl_->members(wait); });
}

}  // namespace cw::kafka
