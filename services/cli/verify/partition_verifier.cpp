#include "cli/verify/partition_verifier.hpp"

#include "cli/verify/topic_range.hpp"
#include "lib/kafka/admin.hpp"

#include <algorithm>
#include <utility>

namespace cw::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kAsk{30};
constexpr std::size_t kExposures = 0;
constexpr std::size_t kReports = 1;
constexpr std::size_t kControl = 2;
constexpr std::size_t kAnswers = 3;

}  // namespace

/// One attempt at one partition.
struct PartitionVerifier::Reading {
  explicit Reading(std::int32_t number, std::int32_t partitions)
      : partition(number), outputs(number, partitions) {}

  std::int32_t partition;
  InputOffsets committed{};
  InputOffsets ends{};
  std::int64_t matches_end = 0;
  std::vector<kafka::Position> watchlist_ends = {};
  PartitionInputs inputs = {};
  EmittedOutputs outputs;
  std::unordered_set<CardRef> moved = {};  ///< Cards that the matcher went on with.
};

Result<std::unique_ptr<PartitionVerifier>> PartitionVerifier::open(VerifyPlace place,
                                                                   VerifyOptions options) {
  std::unique_ptr<PartitionVerifier> made{
      new PartitionVerifier(std::move(place), std::move(options))};
  auto inspector = kafka::GroupInspector::create(made->place_.client, made->place_.group_id());
  if (!inspector) return std::move(inspector).error();
  made->inspector_ = std::move(inspector).value();
  if (auto status = made->count_partitions(); !status) return std::move(status).error();
  return made;
}

Status PartitionVerifier::count_partitions() {
  const auto admin = kafka::Admin::create(place_.client);
  if (!admin) return admin.error();
  const auto matches = admin.value()->partition_count(place_.topic("matches.v1"), kAsk);
  if (!matches) return matches.error();
  const auto watchlist = admin.value()->partition_count(place_.topic("watchlist.v1"), kAsk);
  if (!watchlist) return watchlist.error();
  partitions_ = matches.value();
  watchlist_partitions_ = watchlist.value();
  return Ok{};
}

RepairPlace PartitionVerifier::repair_place(std::int32_t partition) const {
  return {
      place_.topic("matches.v1"), place_.topic("watchlist.v1"), partition, watchlist_partitions_};
}

Result<kafka::GroupMembers> PartitionVerifier::members() {
  return inspector_->members(kAsk);
}

Result<PartitionOutcome> PartitionVerifier::verify(std::int32_t partition) {
  const auto deadline = Clock::now() + options_.patience;
  for (;;) {
    // The order matters: outputs are read to an end that is asked for after the offsets were, so
    // they hold all that belongs to these offsets; and what they hold beyond that belongs to
    // inputs before the offsets that are asked for last.
    Reading reading{partition, partitions_};
    const auto before = committed(partition);
    if (!before) return before.error();
    reading.committed = before.value();
    const auto ends = input_ends(partition);
    if (!ends) return ends.error();
    reading.ends = ends.value();
    if (auto status = find_output_ends(reading); !status) return std::move(status).error();
    if (auto status = read(reading); !status) return std::move(status).error();
    const auto after = committed(partition);
    if (!after) return after.error();
    if (after.value()[kControl] == reading.committed[kControl]) {
      auto status = read_moved(reading, after.value());
      if (!status) return std::move(status).error();
      return compare(reading);
    }
    // New control changes any card: there is nothing to leave out, so all is read again.
    if (Clock::now() > deadline) {
      return Error{Errc::kUnavailable,
                   "partition " + std::to_string(partition) +
                       ": control records are being worked through; try again later"};
    }
  }
}

Result<InputOffsets> PartitionVerifier::committed(std::int32_t partition) {
  std::vector<kafka::TopicPartition> where;
  for (const auto topic : kInputTopics) where.push_back({place_.topic(topic), partition});
  const auto positions = inspector_->committed(where, kAsk);
  if (!positions) return positions.error();
  InputOffsets offsets{};
  for (std::size_t at = 0; at < offsets.size(); ++at) offsets[at] = positions.value()[at].offset;
  return offsets;
}

Result<InputOffsets> PartitionVerifier::input_ends(std::int32_t partition) {
  std::vector<kafka::TopicPartition> where;
  for (const auto topic : kInputTopics) where.push_back({place_.topic(topic), partition});
  const auto positions = inspector_->ends(where, kAsk);
  if (!positions) return positions.error();
  InputOffsets offsets{};
  for (std::size_t at = 0; at < offsets.size(); ++at) offsets[at] = positions.value()[at].offset;
  return offsets;
}

Status PartitionVerifier::find_output_ends(Reading& reading) {
  const kafka::TopicPartition matches{place_.topic("matches.v1"), reading.partition};
  const auto matches_end = inspector_->ends({&matches, 1}, kAsk);
  if (!matches_end) return matches_end.error();
  reading.matches_end = matches_end.value().front().offset;
  const bool nothing = std::all_of(reading.committed.begin(),
                                   reading.committed.end(),
                                   [](std::int64_t offset) { return offset < 0; });
  if (nothing && reading.matches_end > 0) {
    return Error{Errc::kNotFound,
                 "group " + place_.group_id() + " has committed nothing in partition " +
                     std::to_string(reading.partition) +
                     ", yet facts were emitted there: is that the matchers' group?"};
  }
  std::vector<kafka::TopicPartition> where;
  for (std::int32_t number = 0; number < watchlist_partitions_; ++number) {
    where.push_back({place_.topic("watchlist.v1"), number});
  }
  auto ends = inspector_->ends(where, kAsk);
  if (!ends) return std::move(ends).error();
  reading.watchlist_ends = std::move(ends).value();
  return Ok{};
}

Status PartitionVerifier::read(Reading& reading) {
  std::vector<TopicRange> ranges;
  for (std::size_t at = 0; at < kInputTopics.size(); ++at) {
    ranges.push_back(
        {{place_.topic(kInputTopics[at]), reading.partition}, 0, reading.committed[at]});
  }
  std::array<std::string, kInputTopics.size()> names;
  for (std::size_t at = 0; at < names.size(); ++at) names[at] = ranges[at].where.topic;
  ranges.push_back({{place_.topic("matches.v1"), reading.partition}, 0, reading.matches_end});
  RangeReader reader;
  reader.client = place_.client;
  reader.patience = options_.patience;
  reader.on_progress = [&](std::uint64_t done, std::uint64_t total) {
    if (options_.on_progress) options_.on_progress(reading.partition, done, total);
  };
  reader.on_record = [&](const kafka::RecordView& record) {
    if (record.topic == names[kReports]) return reading.inputs.report(record);
    if (record.topic == names[kExposures]) return reading.inputs.exposure(record);
    if (record.topic == names[kControl]) return reading.inputs.control(record);
    if (record.topic == names[kAnswers]) return reading.inputs.answer(record);
    reading.outputs.matches(record);
  };
  if (auto status = read_ranges(ranges, reader); !status) return status;

  ranges.clear();
  for (const auto& end : reading.watchlist_ends) ranges.push_back({end.where, 0, end.offset});
  reader.on_record = [&](const kafka::RecordView& record) { reading.outputs.watchlist(record); };
  return read_ranges(ranges, reader);
}

Status PartitionVerifier::read_moved(Reading& reading, const InputOffsets& now) {
  std::vector<TopicRange> ranges;
  for (const std::size_t at : {kExposures, kReports, kAnswers}) {
    ranges.push_back({{place_.topic(kInputTopics[at]), reading.partition},
                      std::max<std::int64_t>(reading.committed[at], 0),
                      now[at]});
  }
  RangeReader reader;
  reader.client = place_.client;
  reader.patience = options_.patience;
  reader.on_record = [&](const kafka::RecordView& record) {
    // What is under no card's key changes no card.
    if (const auto card = CardRef::from_hex(record.key)) reading.moved.insert(card.value());
  };
  return read_ranges(ranges, reader);
}

PartitionOutcome PartitionVerifier::compare(Reading& reading) const {
  Comparison comparison{reading.inputs.control(), options_.comparison};
  auto& emitted = reading.outputs.cards();
  for (auto& [card, inputs] : reading.inputs.cards()) {
    const auto held = emitted.find(card);
    if (!reading.moved.contains(card)) {
      comparison.add(card, &inputs, held == emitted.end() ? nullptr : &held->second);
    }
    if (held != emitted.end()) emitted.erase(held);
    inputs = {};  // Gives its memory back.
  }
  for (const auto& [card, held] : emitted) {
    if (!reading.moved.contains(card)) comparison.add(card, nullptr, &held);
  }
  PartitionOutcome outcome;
  outcome.partition = reading.partition;
  outcome.committed = reading.committed;
  outcome.ends = reading.ends;
  outcome.matches_end = reading.matches_end;
  outcome.left_out = reading.moved.size();
  outcome.inputs = reading.inputs.counts();
  outcome.outputs = reading.outputs.counts();
  outcome.unreadable_at = reading.outputs.unreadable_at();
  outcome.repeated_at = reading.outputs.repeated_at();
  outcome.comparison = comparison.take();
  return outcome;
}

}  // namespace cw::cli
