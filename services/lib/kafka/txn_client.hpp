#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/background_flush.hpp"
#include "lib/kafka/rd_client.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::kafka {

struct TxnClientOptions {
  std::string transactional_id = {};
  std::chrono::milliseconds transaction_timeout{15'000};
  /// While a batch is worked on its outputs gather to large requests; send_offsets() and commit()
  /// send the rest at once, so this adds nothing to a small batch.
  std::chrono::milliseconds linger{500};
  std::size_t records_max = 4'000'000;  ///< Of one transaction.
  /// What the other produce() tells by its place; looked up by init(), so that first records are
  /// swift.
  std::vector<std::string> output_topics = {};
};

/// One transactional producer of librdkafka and the triage of its errors.
///
/// Every call ends in Ok or in one of: kBrokerUnavailable (call the same again), kQueueFull,
/// kRecordTooLarge, kTopicMissing, kTransactionAborted (abort() and begin again),
/// kTransactionIndefinite, kKafkaFatal (both: destroy this object, make another), kFenced.
/// THREAD: one caller at a time.
class TxnClient {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TxnClient>> create(const ClientOptions& client,
                                                                 const TxnClientOptions& options);
  ~TxnClient();
  TxnClient(const TxnClient&) = delete;
  TxnClient& operator=(const TxnClient&) = delete;

  /// Aborts what a dead predecessor left open and fences a living one.
  [[nodiscard]] Status init(std::chrono::milliseconds wait);
  [[nodiscard]] Status begin();
  /// Copies the record. On kQueueFull call wait_for_room() and try again.
  [[nodiscard]] Status produce(std::string_view topic,
                               std::int32_t partition,
                               std::string_view key,
                               std::string_view value);
  /// The same for a topic of TxnClientOptions::output_topics.
  [[nodiscard]] Status produce(TopicIndex topic,
                               std::int32_t partition,
                               std::string_view key,
                               std::string_view value);
  void wait_for_room(std::chrono::milliseconds wait);
  /// `offsets`: next offset to read per partition; `consumer`: the member that read the records.
  /// To be called behind the last produce(): what was produced travels meanwhile.
  [[nodiscard]] Status send_offsets(const rd_kafka_topic_partition_list_t& offsets,
                                    rd_kafka_t& consumer,
                                    std::chrono::milliseconds wait);
  /// Waits for the transaction time-out at most; so does abort().
  [[nodiscard]] Status commit();
  [[nodiscard]] Status abort();

  [[nodiscard]] bool connected() const noexcept { return events_.connected(); }

 private:
  explicit TxnClient(const ClientOptions& client) : events_(client) {}
  [[nodiscard]] rd_kafka_topic_t* topic(std::string_view name);
  [[nodiscard]] Status produce_to(rd_kafka_topic_t& topic,
                                  std::int32_t partition,
                                  std::string_view key,
                                  std::string_view value);
  void warm_up();
  void wait_until_sent();

  ClientEvents events_;
  std::vector<std::string> output_topics_;
  ClientPtr client_;
  std::map<std::string, TopicPtr, std::less<>> topics_;
  std::vector<rd_kafka_topic_t*> outputs_;  ///< By TopicIndex; owned by topics_.
  std::optional<BackgroundFlush> flush_;
  int end_wait_ms_ = 0;
  bool produced_ = false;  ///< In the open transaction.
};

/// The triage of an error object of the transactional API; `ends` tells that the call was the one
/// that ends a transaction, where no answer means that the end is unknown. Public for tests.
enum class TxnCall { kInit, kBegin, kSendOffsets, kCommit, kAbort };
[[nodiscard]] Error to_txn_error(const rd_kafka_error_t& error, TxnCall call);

}  // namespace cw::kafka
