#include "lib/kafka/txn_client.hpp"

#include "lib/base/assert.hpp"

#include <array>
#include <thread>

namespace cw::kafka {
namespace {

std::string_view name(TxnCall call) {
  switch (call) {
    case TxnCall::kInit:
      return "init_transactions";
    case TxnCall::kBegin:
      return "begin_transaction";
    case TxnCall::kSendOffsets:
      return "send_offsets_to_transaction";
    case TxnCall::kCommit:
      return "commit_transaction";
    case TxnCall::kAbort:
      return "abort_transaction";
  }
  return "transaction";
}

bool no_answer(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
      return true;
    default:
      return false;
  }
}

Status finish(rd_kafka_error_t* raw, TxnCall call) {
  const ErrorPtr error{raw};
  if (!error) return Ok{};
  return to_txn_error(*error, call);
}

}  // namespace

Error to_txn_error(const rd_kafka_error_t& error, TxnCall call) {
  const auto code = rd_kafka_error_code(&error);
  const std::string detail = std::string{name(call)} + ": " + rd_kafka_err2name(code) + ": " +
                             rd_kafka_error_string(&error);
  const bool fenced = to_error(code, {}).code == Errc::kFenced;
  if (rd_kafka_error_is_fatal(&error) != 0) {
    return {fenced ? Errc::kFenced : Errc::kKafkaFatal, detail};
  }
  if (rd_kafka_error_txn_requires_abort(&error) != 0) return {Errc::kTransactionAborted, detail};
  // A request on its way to a transaction coordinator may still arrive after we gave up on it,
  // and would then act on the producer's next transaction.
  const bool in_transaction = call != TxnCall::kInit && call != TxnCall::kBegin;
  if (in_transaction && no_answer(code)) return {Errc::kTransactionIndefinite, detail};
  if (rd_kafka_error_is_retriable(&error) != 0) return {Errc::kBrokerUnavailable, detail};
  return {Errc::kKafkaFatal, detail};
}

Result<std::unique_ptr<TxnClient>> TxnClient::create(const ClientOptions& client,
                                                     const TxnClientOptions& options) {
  std::unique_ptr<TxnClient> made{new TxnClient{client}};
  ClientPlan plan{ClientRole::kProducer, ClientCallbacks::kPlain, producer_defaults(), {}};
  plan.defaults.insert(plan.defaults.end(),
                       {// With the default of 100 ms, transactions in a row wait for each other.
                        {"retry.backoff.ms", "5"},
                        {"linger.ms", std::to_string(options.linger.count())},
                        {"queue.buffering.max.messages", std::to_string(options.records_max)},
                        {"queue.buffering.max.kbytes", "2097151"}});
  plan.fixed = producer_fixed();
  plan.fixed.insert(
      plan.fixed.end(),
      {{"transactional.id", options.transactional_id},
       {"transaction.timeout.ms", std::to_string(options.transaction_timeout.count())}});
  auto opened = make_client(client, plan, made->events_);
  if (!opened) return std::move(opened).error();
  made->client_ = std::move(opened).value();
  made->flush_.emplace(*made->client_);
  made->output_topics_ = options.output_topics;
  for (const auto& topic : options.output_topics) {
    made->outputs_.push_back(made->topic(topic));
    if (made->outputs_.back() == nullptr) return to_error(rd_kafka_last_error(), topic);
  }
  // Not -1, "the remaining transaction time-out": against a coordinator that is connected and
  // silent, 2.0.2 then waits without end.
  made->end_wait_ms_ = static_cast<int>(options.transaction_timeout.count());
  return made;
}

TxnClient::~TxnClient() {
  if (client_) rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

Status TxnClient::init(std::chrono::milliseconds wait) {
  auto status = finish(rd_kafka_init_transactions(client_.get(), static_cast<int>(wait.count())),
                       TxnCall::kInit);
  if (status) warm_up();
  return status;
}

void TxnClient::warm_up() {
  constexpr int kWaitMs = 1000;
  for (const auto& name : output_topics_) {
    static_cast<void>(fetch_partition_count(client_.get(), name, kWaitMs));
  }
}

Status TxnClient::begin() {
  // begin_transaction() can hang for ever after a fatal error (librdkafka #4420).
  std::array<char, 256> text{};
  const auto fatal = rd_kafka_fatal_error(client_.get(), text.data(), text.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const bool fenced = to_error(fatal, {}).code == Errc::kFenced;
    return Error{fenced ? Errc::kFenced : Errc::kKafkaFatal, text.data()};
  }
  produced_ = false;
  flush_->rest();
  return finish(rd_kafka_begin_transaction(client_.get()), TxnCall::kBegin);
}

rd_kafka_topic_t* TxnClient::topic(std::string_view name) {
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    std::string owned{name};
    TopicPtr handle{rd_kafka_topic_new(client_.get(), owned.c_str(), nullptr)};
    if (!handle) return nullptr;
    found = topics_.emplace(std::move(owned), std::move(handle)).first;
  }
  return found->second.get();
}

Status TxnClient::produce(std::string_view topic_name,
                          std::int32_t partition,
                          std::string_view key,
                          std::string_view value) {
  rd_kafka_topic_t* handle = topic(topic_name);
  if (handle == nullptr) return to_error(rd_kafka_last_error(), topic_name);
  return produce_to(*handle, partition, key, value);
}

Status TxnClient::produce(TopicIndex topic_index,
                          std::int32_t partition,
                          std::string_view key,
                          std::string_view value) {
  CW_ASSERT(topic_index < outputs_.size());
  return produce_to(*outputs_[topic_index], partition, key, value);
}

Status TxnClient::produce_to(rd_kafka_topic_t& topic,
                             std::int32_t partition,
                             std::string_view key,
                             std::string_view value) {
  void* payload = const_cast<char*>(value.data());  // Copied, although not const.
  if (rd_kafka_produce(&topic,
                       partition,
                       RD_KAFKA_MSG_F_COPY,
                       payload,
                       value.size(),
                       key.data(),
                       key.size(),
                       nullptr) == 0) {
    produced_ = true;
    return Ok{};
  }
  const auto code = rd_kafka_last_error();
  auto error = to_error(code, std::string{"produce to "} + rd_kafka_topic_name(&topic));
  // The transaction has failed meanwhile (_STATE) or the client has; abort() tells which.
  if (error.code == Errc::kKafkaFatal) error.code = Errc::kTransactionAborted;
  return error;
}

void TxnClient::wait_for_room(std::chrono::milliseconds wait) {
  rd_kafka_poll(client_.get(), static_cast<int>(wait.count()));
}

Status TxnClient::send_offsets(const rd_kafka_topic_partition_list_t& offsets,
                               rd_kafka_t& consumer,
                               std::chrono::milliseconds wait) {
  flush_->start();
  const GroupMetadataPtr metadata{rd_kafka_consumer_group_metadata(&consumer)};
  if (!metadata) return Error{Errc::kTransactionAborted, "not a member of the group"};
  return finish(rd_kafka_send_offsets_to_transaction(
                    client_.get(), &offsets, metadata.get(), static_cast<int>(wait.count())),
                TxnCall::kSendOffsets);
}

// rd_kafka_commit_transaction() waits for it too, but looks only every 10 ms.
void TxnClient::wait_until_sent() {
  constexpr std::chrono::microseconds kEvery{200};
  constexpr int kLooksMax = 500;
  for (int look = 0; look < kLooksMax && rd_kafka_outq_len(client_.get()) > 0; ++look) {
    std::this_thread::sleep_for(kEvery);
    rd_kafka_poll(client_.get(), 0);
  }
}

Status TxnClient::commit() {
  flush_->start();
  wait_until_sent();
  return finish(rd_kafka_commit_transaction(client_.get(), end_wait_ms_), TxnCall::kCommit);
}

Status TxnClient::abort() {
  // EndTxn may overtake the registration of a partition whose first record is in flight, which
  // is fatal for the producer (librdkafka #4849): let something arrive first.
  constexpr int kSettleMs = 200;
  if (produced_) rd_kafka_flush(client_.get(), kSettleMs);
  return finish(rd_kafka_abort_transaction(client_.get(), end_wait_ms_), TxnCall::kAbort);
}

}  // namespace cw::kafka
