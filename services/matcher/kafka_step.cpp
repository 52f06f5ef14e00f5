#include "matcher/kafka_step.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/fact_codec.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/kafka/record.hpp"

#include <algorithm>
#include <utility>

namespace cw::matcher {
namespace {

/// The record's card must be the one it is filed under, or it would be matched with other cards'.
Status check_key(const kafka::RecordView& record, const CardRef& card) {
  if (record.key == card.hex()) return Ok{};
  return Error{Errc::kKeyMismatch, "the key is not the card reference of the value"};
}

template <class T>
Result<MatchInput> to_input(Result<T> decoded, const kafka::RecordView& record) {
  if (!decoded) return std::move(decoded).error();
  if (auto status = check_key(record, decoded.value().card); !status) {
    return std::move(status).error();
  }
  return MatchInput{std::move(decoded).value()};
}

}  // namespace

/// Encodes what follows from one partition's batch.
class KafkaStep::Emitter : public MatchOutput {
 public:
  Emitter(KafkaStep& owner, std::span<const kafka::RecordView> records, kafka::OutputSink& out)
      : owner_(owner), records_(records), out_(out) {}

  Status changed(const Fact& fact) override { return put_fact(fact, /*retracted=*/false); }
  Status retracted(const Fact& fact) override { return put_fact(fact, /*retracted=*/true); }

  Status watch(const WatchChange& change) override {
    const auto& issuer = change.entry.issuer;
    const auto partition = kafka::partition_of(issuer.get(), owner_.watchlist_partitions_);
    value_.clear();
    codec::encode_to(value_, change);
    return put(kWatchlist, partition, codec::watch_key(issuer, change.entry.card));
  }

  Status refused(std::size_t source, const Error& why) override {
    const auto& record = records_[source];
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

  void set_partition(std::int32_t partition) { partition_ = partition; }

 private:
  Status put_fact(const Fact& fact, bool retracted) {
    value_.clear();
    codec::encode_to(value_, codec::FactMessage{fact, retracted});
    return put(kMatches, partition_, fact.card.hex());
  }

  Status put(Output topic, std::int32_t partition, std::string_view key) {
    ++owner_.out_[topic];
    return out_.put(topic, partition, key, value_);
  }

  KafkaStep& owner_;
  std::span<const kafka::RecordView> records_;
  kafka::OutputSink& out_;
  std::int32_t partition_ = 0;
  std::string value_;
};

std::vector<kafka::Position> KafkaStep::opened(std::int32_t partition) {
  partitions_[partition] = {};
  return {};
}

void KafkaStep::reset(std::int32_t partition) {
  partitions_[partition] = {};
}

void KafkaStep::closed(std::int32_t partition) {
  partitions_.erase(partition);
  count();
}

KafkaStep::Partition& KafkaStep::partition_of(const kafka::RecordView& record) {
  const auto found = partitions_.find(record.partition);
  CW_ASSERT(found != partitions_.end());
  return found->second;
}

Result<MatchInput> KafkaStep::decode(const kafka::RecordView& record) const {
  if (record.tombstone) return Error{Errc::kSchemaViolation, "the record has no value"};
  if (record.topic_index == kReports) {
    return to_input(codec::decode_report(record.value), record);
  }
  if (record.topic_index == kExposures) {
    return to_input(codec::decode_exposure(record.value), record);
  }
  auto control = codec::decode_control(record.value);
  if (!control) return std::move(control).error();
  return MatchInput{std::move(control).value()};
}

void KafkaStep::restore(std::span<const kafka::RecordView> records) {
  for (const auto& record : records) {
    const auto input = decode(record);
    if (input) partition_of(record).step.restore(input.value());
  }
}

void KafkaStep::restored(std::int32_t partition, std::span<const kafka::Position> /*at*/) {
  partitions_.at(partition).step.recount();
  count();
}

Status KafkaStep::process(std::span<const kafka::RecordView> records, kafka::OutputSink& out) {
  CW_ASSERT(watchlist_partitions_ > 0);
  Emitter emitter{*this, records, out};
  for (std::size_t at = 0; at < records.size(); ++at) {
    const auto& record = records[at];
    auto& partition = partition_of(record);
    partition.touched = true;
    ++in_.at(record.topic_index);
    auto input = decode(record);
    if (!input) {
      if (auto status = emitter.refused(at, input.error()); !status) return status;
      continue;
    }
    input.value().source = at;
    partition.batch.push_back(std::move(input).value());
  }
  for (auto& [number, partition] : partitions_) {
    if (partition.batch.empty()) continue;
    emitter.set_partition(number);
    if (auto status = partition.step.apply(partition.batch, emitter); !status) return status;
  }
  return Ok{};
}

void KafkaStep::committed(std::span<const kafka::Position> /*batch_end*/) {
  for (auto& [number, partition] : partitions_) {
    if (!std::exchange(partition.touched, false)) continue;
    partition.batch.clear();
    partition.step.commit();
  }
  for (std::size_t topic = 0; topic < in_.size(); ++topic) {
    if (in_[topic] > 0) probe_.records_in(kInputNames[topic], in_[topic]);
  }
  for (std::size_t topic = 0; topic < out_.size(); ++topic) {
    if (out_[topic] > 0) probe_.records_out(kOutputNames[topic], out_[topic]);
  }
  for (const auto code : refused_) probe_.quarantined(code);
  in_ = {};
  out_ = {};
  refused_.clear();
  count();
}

void KafkaStep::aborted() {
  for (auto& [number, partition] : partitions_) {
    partition.touched = false;
    partition.batch.clear();
    partition.step.rollback();
  }
  in_ = {};
  out_ = {};
  refused_.clear();
}

void KafkaStep::count() {
  std::size_t cards = 0;
  std::size_t unassigned = 0;
  for (const auto& [number, partition] : partitions_) {
    cards += partition.step.cards();
    unassigned += partition.step.unassigned();
  }
  cards_ = cards;
  unassigned_ = unassigned;
}

}  // namespace cw::matcher
