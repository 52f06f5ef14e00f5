#include "lib/kafka/producer.hpp"

#include "lib/base/assert.hpp"
#include "lib/kafka/rd_client.hpp"

#include <map>
#include <mutex>
#include <thread>

namespace cw::kafka {

void AckGroup::seal() {
  finish_one(Ok{});
}

std::size_t AckGroup::outstanding() const noexcept {
  return outstanding_;
}

void AckGroup::add() noexcept {
  ++outstanding_;
  ++pending_;
}

void AckGroup::refuse() noexcept {
  --outstanding_;
  --pending_;
}

void AckGroup::acknowledge(const Status& status) {
  --outstanding_;
  finish_one(status);
}

void AckGroup::finish_one(const Status& status) {
  const auto left = --pending_;
  if (!status || left == 0) finish(status);
}

void AckGroup::finish(const Status& status) {
  if (finished_.exchange(true)) return;
  if (done_) done_(status);
  done_ = nullptr;  // It may hold what holds this group.
}

class Producer::Impl : public ClientEvents {
 public:
  explicit Impl(const ClientOptions& options) : ClientEvents(options) {}
  ~Impl() override;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status open(const ClientOptions& client, const ProducerOptions& options);
  Status produce(const OutRecord& record, const std::shared_ptr<AckGroup>& group);
  void delivered(const rd_kafka_message_t& message) override;
  [[nodiscard]] rd_kafka_t* client() const noexcept { return client_.get(); }

 private:
  // One per record that somebody waits for; travels through librdkafka as the message's opaque.
  struct Ticket {
    std::shared_ptr<AckGroup> group;
  };

  rd_kafka_topic_t* topic(const std::string& name);
  rd_kafka_resp_err_t send(const OutRecord& record, Ticket* ticket);
  rd_kafka_resp_err_t send_with_headers(const OutRecord& record, Ticket* ticket);
  void poll_until_stopped();
  void look_for_brokers();

  std::mutex topics_mutex_;
  std::map<std::string, TopicPtr> topics_;
  ClientPtr client_;
  std::atomic<bool> stopping_{false};
  std::thread poller_;
};

Producer::Impl::~Impl() {
  constexpr int kLastWaitMs = 5000;
  constexpr int kPurgeWaitMs = 1000;
  if (!client_) return;
  rd_kafka_flush(client_.get(), kLastWaitMs);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_.get(), kPurgeWaitMs);
  stopping_ = true;
  if (poller_.joinable()) poller_.join();
  topics_.clear();
  client_.reset();
}

Status Producer::Impl::open(const ClientOptions& client, const ProducerOptions& options) {
  ClientPlan plan{
      ClientRole::kProducer, ClientCallbacks::kDeliveryReports, producer_defaults(), {}};
  plan.defaults.insert(plan.defaults.end(),
                       {{"queue.buffering.max.messages", std::to_string(options.records_max)},
                        {"queue.buffering.max.kbytes", std::to_string(options.kilobytes_max)},
                        {"delivery.timeout.ms", std::to_string(options.delivery_timeout.count())},
                        {"linger.ms", std::to_string(options.linger.count())}});
  plan.fixed = producer_fixed();
  auto made = make_client(client, plan, *this);
  if (!made) return std::move(made).error();
  client_ = std::move(made).value();
  poller_ = std::thread{[this] { poll_until_stopped(); }};
  return Ok{};
}

rd_kafka_topic_t* Producer::Impl::topic(const std::string& name) {
  const std::lock_guard lock{topics_mutex_};
  auto& handle = topics_[name];
  if (!handle) handle.reset(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
  return handle.get();
}

Status Producer::Impl::produce(const OutRecord& record, const std::shared_ptr<AckGroup>& group) {
  auto ticket = group ? std::make_unique<Ticket>(Ticket{group}) : nullptr;
  if (group) group->add();
  const auto code =
      record.headers.empty() ? send(record, ticket.get()) : send_with_headers(record, ticket.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(ticket.release());  // delivered() takes it back.
    return Ok{};
  }
  if (group) group->refuse();
  return to_error(code, "produce to " + record.topic);
}

rd_kafka_resp_err_t Producer::Impl::send(const OutRecord& record, Ticket* ticket) {
  rd_kafka_topic_t* handle = topic(record.topic);
  if (handle == nullptr) return rd_kafka_last_error();
  // librdkafka copies the payload, although its parameter is not const.
  void* payload = const_cast<char*>(record.value.data());
  if (rd_kafka_produce(handle,
                       record.partition,
                       RD_KAFKA_MSG_F_COPY,
                       payload,
                       record.value.size(),
                       record.key.data(),
                       record.key.size(),
                       ticket) == 0) {
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  return rd_kafka_last_error();
}

rd_kafka_resp_err_t Producer::Impl::send_with_headers(const OutRecord& record, Ticket* ticket) {
  HeadersPtr headers{rd_kafka_headers_new(record.headers.size())};
  for (const auto& header : record.headers) {
    rd_kafka_header_add(headers.get(),
                        header.name.data(),
                        static_cast<ssize_t>(header.name.size()),
                        header.value.data(),
                        static_cast<ssize_t>(header.value.size()));
  }
  rd_kafka_topic_t* handle = topic(record.topic);
  if (handle == nullptr) return rd_kafka_last_error();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wuseless-cast"
  const auto code = rd_kafka_producev(
      client_.get(),
      RD_KAFKA_V_RKT(handle),
      RD_KAFKA_V_PARTITION(record.partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
      RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
      RD_KAFKA_V_HEADERS(headers.get()),
      RD_KAFKA_V_OPAQUE(ticket),
      RD_KAFKA_V_END);
#pragma GCC diagnostic pop
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<void>(headers.release());
  return code;
}

void Producer::Impl::delivered(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) contact();
  const std::unique_ptr<Ticket> ticket{static_cast<Ticket*>(message._private)};
  if (!ticket) return;
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ticket->group->acknowledge(Ok{});
  } else {
    ticket->group->acknowledge(
        to_error(message.err, std::string{"delivery to "} + rd_kafka_topic_name(message.rkt)));
  }
}

void Producer::Impl::poll_until_stopped() {
  constexpr int kPollMs = 50;
  while (!stopping_) {
    rd_kafka_poll(client_.get(), kPollMs);
    if (!connected()) look_for_brokers();
  }
}

void Producer::Impl::look_for_brokers() {
  constexpr int kProbeMs = 200;
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(client_.get(), /*all_topics=*/0, nullptr, &raw, kProbeMs);
  const MetadataPtr metadata{raw};
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) contact();
}

Producer::Producer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Producer::~Producer() = default;

Result<std::unique_ptr<Producer>> Producer::create(const ClientOptions& client,
                                                   const ProducerOptions& options) {
  auto impl = std::make_unique<Impl>(client);
  if (auto status = impl->open(client, options); !status) return std::move(status).error();
  return std::unique_ptr<Producer>{new Producer{std::move(impl)}};
}

Status Producer::produce(const OutRecord& record, const std::shared_ptr<AckGroup>& group) {
  return impl_->produce(record, group);
}

Status Producer::produce_wait(const OutRecord& record,
                              const std::shared_ptr<AckGroup>& group,
                              std::chrono::milliseconds wait) {
  constexpr std::chrono::milliseconds kStep{5};
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    auto status = impl_->produce(record, group);
    if (status || status.error().code != Errc::kQueueFull) return status;
    if (std::chrono::steady_clock::now() >= deadline) return status;
    std::this_thread::sleep_for(kStep);
  }
}

Status Producer::flush(std::chrono::milliseconds wait) {
  const auto code = rd_kafka_flush(impl_->client(), static_cast<int>(wait.count()));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Ok{};
  return to_error(code, "flush");
}

std::size_t Producer::outstanding() const noexcept {
  return static_cast<std::size_t>(rd_kafka_outq_len(impl_->client()));
}

bool Producer::connected() const noexcept {
  return impl_->connected();
}

}  // namespace cw::kafka
