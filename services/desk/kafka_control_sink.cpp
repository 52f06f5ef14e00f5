#include "desk/kafka_control_sink.hpp"

#include "lib/codec/control_codec.hpp"

#include <utility>
#include <vector>

namespace cw::desk {

Result<std::unique_ptr<KafkaControlSink>> KafkaControlSink::create(
    const kafka::ClientOptions& client, Options options) {
  std::unique_ptr<KafkaControlSink> sink{new KafkaControlSink(std::move(options))};
  auto admin = kafka::Admin::create(client);
  if (!admin) return admin.error();
  sink->admin_ = std::move(admin).value();
  auto writer = kafka::TransactionalWriter::create(
      client, {.transactional_id = sink->options_.transactional_id});
  if (!writer) return writer.error();
  sink->writer_ = std::move(writer).value();
  return sink;
}

Status KafkaControlSink::write(const ControlRecord& record) {
  if (partitions_ == 0) {
    const auto count = admin_->partition_count(options_.topic, options_.commit_wait);
    if (!count) return count.error();
    partitions_ = count.value();
  }
  std::vector<kafka::OutRecord> copies;
  for (std::int32_t partition = 0; partition < partitions_; ++partition) {
    copies.push_back({.topic = options_.topic,
                      .key = codec::control_key(record),
                      .value = codec::encode(record),
                      .partition = partition});
  }
  const auto committed = writer_->commit_batch(copies, options_.commit_wait);
  if (committed) return committed;
  const auto code = committed.error().code;
  if (code != Errc::kFenced && code != Errc::kKafkaFatal) return committed;
  options_.fail(committed.error());
  return Error{Errc::kUnavailable,
               "this desk ends, because another one took over or it must restart"};
}

}  // namespace cw::desk
