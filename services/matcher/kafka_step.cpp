#include "matcher/kafka_step.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/kafka/record.hpp"

#include <algorithm>
#include <utility>

namespace cw::matcher {
namespace {

Error no_value() {
  return {Errc::kSchemaViolation, "the record has no value"};
}

}  // namespace

/// A batch as LookAhead sees it.
struct KafkaStep::Source {
  KafkaStep& owner;
  std::span<const kafka::RecordView> records;

  [[nodiscard]] std::string_view key(std::size_t at) const { return records[at].key; }
  [[nodiscard]] std::string_view value(std::size_t at) const { return records[at].value; }
  [[nodiscard]] PartitionState& state(std::size_t at) const {
    return owner.partition_of(records[at]).state;
  }
};

/// Encodes what follows from a batch.
class KafkaStep::Emitter : public MatchOutput {
 public:
  Emitter(KafkaStep& owner, std::span<const kafka::RecordView> records, kafka::OutputSink& out)
      : owner_(owner), records_(records), out_(out) {}

  Status changed(const FactView& fact) override { return put_fact(fact, /*retracted=*/false); }
  Status retracted(const FactView& fact) override { return put_fact(fact, /*retracted=*/true); }

  Status watch(const WatchChange& change) override {
    const auto& issuer = change.entry.issuer;
    const auto partition = kafka::partition_of(issuer.get(), owner_.watchlist_partitions_);
    value_.clear();
    codec::encode_to(value_, change);
    return put(kWatchlist, partition, codec::watch_key(issuer, change.entry.card));
  }

  Status refused(std::size_t source, const Error& why) override {
    const auto& record = records_[source];
    // A conflict with another record and a full card are no faults of form.
    if (why.code != Errc::kConflict && why.code != Errc::kLimitReached) {
      const auto seen = owner_.in_.at(record.topic_index);
      const RecordPlace place{record.topic, record.topic_index, record.partition, record.offset};
      if (auto status = owner_.breaker_.unusable(place, seen, why.code); !status) return status;
    }
    codec::QuarantineRecord refusal;
    refusal.source = std::string{record.topic} + "/" + std::to_string(record.partition) + "/" +
                     std::to_string(record.offset);
    refusal.code = why.code;
    refusal.detail = why.detail;
    // The record's own time: the same batch processed twice must write the same.
    refusal.received_at =
        Instant{std::chrono::milliseconds{std::max<std::int64_t>(record.timestamp_ms, 0)}};
    owner_.refused_.push_back(why.code);
    value_.clear();
    codec::encode_to(value_, refusal);
    return put(kQuarantine, kafka::kPartitionAuto, refusal.source);
  }

  /// Whose facts come next.
  void set_partition(std::int32_t number, Partition& partition) {
    number_ = number;
    partition_ = &partition;
  }

  /// Puts the facts of the partition that were not put yet.
  Status flush() {
    auto& facts = partition_->facts;
    if (facts.empty()) return Ok{};
    ++owner_.out_[kMatches];
    auto status = out_.put(kMatches, number_, {}, facts.finish());
    facts.clear();
    return status;
  }

 private:
  Status put_fact(const FactView& fact, bool retracted) {
    auto& facts = partition_->facts;
    facts.add(fact, retracted);
    return facts.bytes() < codec::kFactBlockBytesMax ? Status{Ok{}} : flush();
  }

  Status put(Output topic, std::int32_t partition, std::string_view key) {
    ++owner_.out_[topic];
    return out_.put(topic, partition, key, value_);
  }

  KafkaStep& owner_;
  std::span<const kafka::RecordView> records_;
  kafka::OutputSink& out_;
  std::int32_t number_ = 0;
  Partition* partition_ = nullptr;
  std::string value_;
};

std::vector<kafka::Position> KafkaStep::opened(std::int32_t partition) {
  open_anew(partition);
  if (!keeper_) return {};
  auto opened = keeper_->open(partition, partitions_.at(partition)->state);
  if (opened.broken) open_anew(partition);
  auto& opened_partition = *partitions_.at(partition);
  opened_partition.state.loaded();
  opened_partition.positions = std::move(opened.positions);
  std::vector<kafka::Position> positions;
  for (const auto& [topic, offset] : opened_partition.positions) {
    positions.push_back({{topic, partition}, offset});
  }
  return positions;
}

void KafkaStep::open_anew(std::int32_t partition) {
  auto& opened = partitions_[partition];
  opened = std::make_unique<Partition>();
  opened->state.track_changes(keeper_.has_value());
  last_number_ = -1;
}

void KafkaStep::reset(std::int32_t partition) {
  open_anew(partition);
  if (keeper_) keeper_->reset(partition);
}

void KafkaStep::closed(std::int32_t partition) {
  auto& closing = *partitions_.at(partition);
  if (keeper_) keeper_->close(partition, closing.state, closing.positions);
  partitions_.erase(partition);
  last_number_ = -1;
  count();
}

void KafkaStep::stop() {
  aborted();
  while (!partitions_.empty()) closed(partitions_.begin()->first);
}

void KafkaStep::note_positions(std::span<const kafka::Position> at) {
  for (const auto& [where, offset] : at) {
    auto& positions = partitions_.at(where.partition)->positions;
    const auto held = std::find_if(positions.begin(), positions.end(), [&](const auto& position) {
      return position.topic == where.topic;
    });
    if (held == positions.end()) {
      positions.push_back({where.topic, offset});
    } else {
      held->offset = offset;
    }
  }
}

KafkaStep::Partition& KafkaStep::partition_of(const kafka::RecordView& record) {
  if (record.partition != last_number_) {
    const auto found = partitions_.find(record.partition);
    CW_ASSERT(found != partitions_.end());
    last_ = found->second.get();
    last_number_ = record.partition;
  }
  return *last_;
}

void KafkaStep::restore(std::span<const kafka::RecordView> records) {
  ahead_.begin(records.size());
  for (std::size_t at = 0; at < records.size(); ++at) {
    ahead_.reach(at, Source{*this, records});
    restore(records[at], at);
  }
  for (auto& [number, partition] : partitions_) {
    if (std::exchange(partition->touched, false)) partition->state.commit();
  }
}

void KafkaStep::restore(const kafka::RecordView& record, std::size_t at) {
  auto& partition = partition_of(record);
  partition.touched = true;
  if (record.tombstone) return;
  const auto take = [&](const auto& input) {
    if (input) partition.state.restore(input.value());
  };
  switch (static_cast<Input>(record.topic_index)) {
    case kReports:
      return take(reader_.report(ahead_.card(at), record.value));
    case kExposures:
      return take(reader_.exposure(ahead_.card(at), record.value));
    case kAnswers:
      return take(InputReader::answer(ahead_.card(at), record.value));
    case kControl:
      return take(InputReader::control(record.value));
  }
}

void KafkaStep::restored(std::int32_t partition, std::span<const kafka::Position> at) {
  auto& restored = *partitions_.at(partition);
  note_positions(at);
  if (keeper_) keeper_->save_if_due(partition, restored.state, restored.positions);
  count();
}

Status KafkaStep::process(std::span<const kafka::RecordView> records, kafka::OutputSink& out) {
  CW_ASSERT(watchlist_partitions_ > 0);
  Emitter emitter{*this, records, out};
  ahead_.begin(records.size());
  // Control first: any order gives the same in the end, and this one derives each card once.
  if (auto status = fold_control(records, emitter); !status) return status;
  for (std::size_t at = 0; at < records.size(); ++at) {
    ahead_.reach(at, Source{*this, records});
    if (records[at].topic_index == kControl) continue;
    if (auto status = fold(records[at], at, emitter); !status) return status;
  }
  for (auto& [number, partition] : partitions_) {
    emitter.set_partition(number, *partition);
    if (auto status = emitter.flush(); !status) return status;
  }
  return Ok{};
}

Status KafkaStep::fold_control(std::span<const kafka::RecordView> records, Emitter& emitter) {
  for (std::size_t at = 0; at < records.size(); ++at) {
    const auto& record = records[at];
    if (record.topic_index != kControl) continue;
    auto& partition = partition_of(record);
    partition.touched = true;
    ++in_[kControl];
    auto control =
        record.tombstone ? Result<ControlRecord>{no_value()} : InputReader::control(record.value);
    if (control) {
      partition.control.push_back(std::move(control).value());
    } else if (auto status = emitter.refused(at, control.error()); !status) {
      return status;
    }
  }
  for (auto& [number, partition] : partitions_) {
    if (partition->control.empty()) continue;
    emitter.set_partition(number, *partition);
    auto status = partition->state.control(partition->control, emitter);
    partition->control.clear();
    if (!status) return status;
  }
  return Ok{};
}

Status KafkaStep::fold(const kafka::RecordView& record, std::size_t at, Emitter& emitter) {
  auto& partition = partition_of(record);
  partition.touched = true;
  ++in_.at(record.topic_index);
  if (record.tombstone) return emitter.refused(at, no_value());
  emitter.set_partition(record.partition, partition);
  if (record.topic_index == kReports) {
    const auto report = reader_.report(ahead_.card(at), record.value);
    if (!report) return emitter.refused(at, report.error());
    return partition.state.report(report.value(), at, emitter);
  }
  if (record.topic_index == kExposures) {
    const auto exposure = reader_.exposure(ahead_.card(at), record.value);
    if (!exposure) return emitter.refused(at, exposure.error());
    return partition.state.exposure(exposure.value(), at, emitter);
  }
  const auto answer = InputReader::answer(ahead_.card(at), record.value);
  if (!answer) return emitter.refused(at, answer.error());
  return partition.state.answer(answer.value(), at, emitter);
}

void KafkaStep::committed(std::span<const kafka::Position> batch_end) {
  note_positions(batch_end);
  for (auto& [number, partition] : partitions_) {
    if (!partition->touched) continue;
    partition->state.commit();
    if (keeper_) keeper_->save_if_due(number, partition->state, partition->positions);
  }
  for (std::size_t topic = 0; topic < in_.size(); ++topic) {
    breaker_.committed(topic, in_[topic]);
    if (in_[topic] > 0) probe_.records_in(kInputNames[topic], in_[topic]);
  }
  for (std::size_t topic = 0; topic < out_.size(); ++topic) {
    if (out_[topic] > 0) probe_.records_out(kOutputNames[topic], out_[topic]);
  }
  for (const auto code : refused_) probe_.quarantined(code);
  forget_batch();
  count();
}

void KafkaStep::aborted() {
  breaker_.aborted();
  for (auto& [number, partition] : partitions_) partition->state.rollback();
  forget_batch();
}

void KafkaStep::forget_batch() {
  for (auto& [number, partition] : partitions_) {
    partition->facts.clear();
    partition->control.clear();
    partition->touched = false;
  }
  in_ = {};
  out_ = {};
  refused_.clear();
}

void KafkaStep::count() {
  std::size_t cards = 0;
  std::size_t unassigned = 0;
  for (const auto& [number, partition] : partitions_) {
    cards += partition->state.cards();
    unassigned += partition->state.unassigned();
  }
  cards_ = cards;
  unassigned_ = unassigned;
}

}  // namespace cw::matcher
