#include "cli/verify/topic_range.hpp"

#include "lib/kafka/tail_reader.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace cw::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLook{5};
constexpr std::size_t kPrefetchKilobytes = 64UL * 1024;

/// Ends of ranges by partition; a partition without a range has none to wait for.
using Ends = std::map<kafka::TopicPartition, TopicRange>;

/// How far along positions are.
std::uint64_t gone_through(const std::vector<kafka::Position>& positions, const Ends& ends) {
  std::uint64_t done = 0;
  for (const auto& position : positions) {
    const auto range = ends.find(position.where);
    if (range == ends.end()) continue;
    const auto at = std::clamp(position.offset, range->second.from, range->second.to);
    done += static_cast<std::uint64_t>(at - range->second.from);
  }
  return done;
}

class Failure {
 public:
  void set(Error error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  [[nodiscard]] std::optional<Error> get() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

/// Waits until `done` says so; fails when what it counts stands still.
template <class Done>
Status wait_moving(const RangeReader& reader,
                   const Failure& failure,
                   std::uint64_t total,
                   Done done) {
  std::uint64_t last = 0;
  auto moved_at = Clock::now();
  for (;;) {
    if (auto error = failure.get()) return *error;
    const std::uint64_t now = done();
    if (now >= total) return Ok{};
    if (now != last) moved_at = Clock::now();
    last = now;
    if (Clock::now() - moved_at > reader.patience) {
      return Error{Errc::kBrokerUnavailable,
                   "no progress in reading: Kafka is away, or a transaction is left open"};
    }
    if (reader.on_progress) reader.on_progress(now, total);
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace

Status read_ranges(const std::vector<TopicRange>& ranges, const RangeReader& reader) {
  Ends ends;
  std::set<std::string> topics;
  std::set<std::int32_t> partitions;
  std::uint64_t total = 0;
  kafka::TailOptions options;
  for (const auto& range : ranges) {
    if (range.empty()) continue;
    ends[range.where] = range;
    topics.insert(range.where.topic);
    partitions.insert(range.where.partition);
    total += static_cast<std::uint64_t>(range.to - range.from);
    if (range.from > 0) options.start.push_back({range.where, range.from});
  }
  if (ends.empty()) return Ok{};

  Failure failure;
  options.topics.assign(topics.begin(), topics.end());
  options.partitions.emplace(partitions.begin(), partitions.end());
  options.prefetch_kilobytes = kPrefetchKilobytes;
  options.on_batch = [&](std::span<const kafka::RecordView> batch) {
    auto range = ends.end();
    for (const auto& record : batch) {
      // Records of a partition come in runs.
      if (range == ends.end() || range->first.partition != record.partition ||
          range->first.topic != record.topic) {
        range = ends.find({std::string(record.topic), record.partition});
      }
      if (range != ends.end() && record.offset < range->second.to) reader.on_record(record);
    }
  };
  options.on_failed = [&failure](Error error) { failure.set(std::move(error)); };
  auto tail = kafka::TailReader::start(reader.client, std::move(options));
  if (!tail) return std::move(tail).error();
  auto& following = *tail.value();
  auto status = wait_moving(
      reader, failure, total, [&] { return gone_through(following.positions(), ends); });
  if (!status) return status;
  // The last batch is handed over by the time that the reader turns to the next one.
  const auto reached = Clock::now();
  return wait_moving(reader, failure, 1, [&]() -> std::uint64_t {
    return following.last_progress() > reached ? 1 : 0;
  });
}

}  // namespace cw::cli
