#include "notifier/feed_partitions.hpp"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kAsk = 5s;
constexpr auto kCursorsWait = 10s;
constexpr auto kCursorsPause = 10ms;
// Beyond the grace, for cursors to be saved.
constexpr auto kSaveLimit = 5s;

}  // namespace

FeedPartitions::FeedPartitions(FeedPartitionsOptions options,
                               Parts parts,
                               std::function<void(Error)> fail)
    : options_(std::move(options)),
      parts_(parts),
      fail_(std::move(fail)),
      records_(parts.metrics.counters({"cardwatch_notifier_watchlist_records_total",
                                       "Records of the watchlist that were read.",
                                       {}})),
      partitions_(parts.metrics.gauges({"cardwatch_notifier_partitions",
                                        "Partitions of the watchlist that this process serves.",
                                        {}})),
      refused_(parts.metrics.counters({"cardwatch_notifier_stores_refused_total",
                                       "Local stores that were of no use and are built anew.",
                                       {"found"}})) {}

Status FeedPartitions::start() {
  auto admin = kafka::Admin::create(options_.client);
  if (!admin) return std::move(admin).error();
  admin_ = std::move(admin).value();
  kafka::GroupReaderOptions options{.topic = options_.topic,
                                    .group_id = options_.group,
                                    .instance_id = options_.instance,
                                    .session_timeout = options_.session_timeout};
  options.on_assigned = [this](const std::vector<std::int32_t>& partitions, std::int32_t count) {
    return take(partitions, count);
  };
  options.on_revoked = [this](bool lost) { give_up(lost); };
  options.on_batch = [this](std::span<const kafka::RecordView> records) { return apply(records); };
  options.on_end = [this](std::int32_t partition) { parts_.supervisor.serve(partition); };
  options.on_tick = [this] { return check(); };
  options.on_failed = fail_;
  auto reader = kafka::GroupReader::start(options_.client, std::move(options));
  if (!reader) return std::move(reader).error();
  reader_ = std::move(reader).value();
  return Ok{};
}

void FeedPartitions::stop() {
  if (reader_) reader_->stop();
}

void FeedPartitions::close() {
  for (const std::int32_t partition : parts_.store.partitions()) {
    const Status closed = parts_.store.close(partition);
    if (closed) continue;
    logger_.warn("feed_store_not_saved",
                 "the next start reads more of the watchlist again; nothing is lost",
                 {{"partition", partition}, {"detail", closed.error().detail}});
  }
}

Status FeedPartitions::ready() const {
  if (!reader_->settled()) {
    return Error{Errc::kUnavailable, "the watchlist is being assigned or read"};
  }
  for (const std::int32_t partition : parts_.store.partitions()) {
    if (parts_.supervisor.serves(partition)) continue;
    return Error{Errc::kUnavailable, "partition " + std::to_string(partition) + " is not served"};
  }
  return Ok{};
}

Result<std::vector<kafka::Position>> FeedPartitions::take(
    const std::vector<std::int32_t>& partitions, std::int32_t count) {
  std::vector<kafka::Position> positions;
  if (auto known = wait_for_cursors(); !known) return std::move(known).error();
  auto ends = admin_->end_offsets(options_.topic, kAsk);
  if (!ends) return Error{Errc::kBrokerUnavailable, ends.error().detail};
  std::map<std::int32_t, std::int64_t> end_of;
  for (const auto& end : ends.value()) end_of[end.where.partition] = end.offset;
  for (const std::int32_t partition : partitions) {
    auto opened = open(partition, count, end_of[partition], positions);
    if (opened) continue;
    logger_.alarm("feed_store_failed",
                  "the local store cannot be opened; its issuers are not "
                  "served until it is",
                  {{"partition", partition},
                   {"code", opened.error().code},
                   {"detail", opened.error().detail}});
    return Error{Errc::kUnavailable, opened.error().detail};
  }
  partitions_.with({}).set(static_cast<double>(partitions.size()));
  logger_.info(
      "partitions_taken", "the group has given these", {{"partitions", partitions.size()}});
  return positions;
}

/// Whoever had the partitions before has saved its cursors by now; they are read here, too.
Status FeedPartitions::wait_for_cursors() {
  const auto ends = admin_->end_offsets(options_.cursors_topic, kAsk);
  if (!ends) return Error{Errc::kBrokerUnavailable, ends.error().detail};
  const auto until = Clock::now() + kCursorsWait;
  for (;;) {
    const auto read = parts_.cursors.positions();
    const bool all = std::all_of(ends.value().begin(), ends.value().end(), [&](const auto& end) {
      return std::any_of(read.begin(), read.end(), [&](const auto& position) {
        return position.where == end.where && position.offset >= end.offset;
      });
    });
    if (all && parts_.cursors.caught_up()) return Ok{};
    if (Clock::now() >= until) break;
    std::this_thread::sleep_for(kCursorsPause);
  }
  return Error{Errc::kUnavailable, "the saved cursors have not been read yet"};
}

Status FeedPartitions::open(std::int32_t partition,
                            std::int32_t count,
                            std::int64_t end,
                            std::vector<kafka::Position>& positions) {
  const auto opened = parts_.store.open(partition, count, end);
  if (!opened) return opened.error();
  const auto& [found, detail, next_offset] = opened.value();
  if (found != StoreFound::kFresh && found != StoreFound::kUsable) {
    refused_.with({std::string{name(found)}}).add();
    logger_.alarm("feed_store_refused",
                  "the local store is of no use; it is built anew from the watchlist",
                  {{"partition", partition}, {"found", name(found)}, {"detail", detail}});
  }
  logger_.info("partition_opened",
               "reading goes on from the store",
               {{"partition", partition}, {"found", name(found)}, {"offset", next_offset}});
  positions.push_back({{options_.topic, partition}, next_offset});
  return Ok{};
}

Status FeedPartitions::apply(std::span<const kafka::RecordView> records) {
  records_.with({}).add(static_cast<double>(records.size()));
  const auto applied = parts_.inputs.apply_watchlist(records);
  if (applied) return Ok{};
  if (auto failed = check(); !failed) return failed;
  return Error{Errc::kUnavailable, applied.error().detail};
}

Status FeedPartitions::check() {
  parts_.store.save_if_due();
  const auto failures = parts_.store.failures();
  if (failures.empty()) return Ok{};
  const auto& [partition, error] = failures.front();
  logger_.alarm("feed_store_failed",
                "the local store failed; it is opened again, or built anew",
                {{"partition", partition}, {"code", error.code}, {"detail", error.detail}});
  return Error{Errc::kUnavailable, error.detail};
}

void FeedPartitions::give_up(bool lost) {
  // Another may have them already: what we push still is at worst a repetition, but no use.
  const auto grace = lost ? 0ms : options_.grace;
  parts_.supervisor.withdraw(grace, grace + kSaveLimit);
  close();
  partitions_.with({}).set(0);
  logger_.info("partitions_given_up", "the group asked for them", {{"lost", lost}});
}

}  // namespace cw::notifier
