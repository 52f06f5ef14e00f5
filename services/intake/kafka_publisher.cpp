#include "intake/kafka_publisher.hpp"

#include "lib/codec/control_codec.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>
#include <optional>
#include <utility>
#include <vector>

namespace cw::intake {

namespace asio = boost::asio;

/// Everything here is touched only on the upload's executor; Kafka's thread posts to it.
class KafkaBatch final : public UploadBatch {
 public:
  KafkaBatch(KafkaPublisher& publisher, const asio::any_io_executor& executor)
      : publisher_(publisher),
        state_(std::make_shared<State>(executor)),
        group_(std::make_shared<kafka::AckGroup>(reporter(executor, state_))) {}

  Status offer(const OutMessage& message) override {
    if (state_->result && !*state_->result) return *state_->result;
    return publisher_.producer_->produce(
        {.topic = publisher_.name_of(message.topic), .key = message.key, .value = message.value},
        group_);
  }

  http::Task<Status> acknowledged() override {
    // Kafka's own deadline reports every record; the margin is for its report to arrive.
    constexpr std::chrono::seconds kMargin{5};
    group_->seal();
    const auto deadline =
        std::chrono::steady_clock::now() + publisher_.options_.producer.delivery_timeout + kMargin;
    state_->timer.expires_at(deadline);
    while (!state_->result && std::chrono::steady_clock::now() < deadline) {
      boost::system::error_code ignored;
      co_await state_->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (state_->result) co_return *state_->result;
    co_return Error{Errc::kBrokerUnavailable, "records were not acknowledged in time"};
  }

 private:
  struct State {
    explicit State(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    std::optional<Status> result;
  };

  static kafka::AckGroup::Done reporter(asio::any_io_executor executor,
                                        std::shared_ptr<State> state) {
    return [executor = std::move(executor), state = std::move(state)](const Status& status) {
      asio::post(executor, [state, status] {
        state->result = status;
        state->timer.cancel();
      });
    };
  }

  KafkaPublisher& publisher_;
  std::shared_ptr<State> state_;
  std::shared_ptr<kafka::AckGroup> group_;
};

Result<std::unique_ptr<KafkaPublisher>> KafkaPublisher::create(const kafka::ClientOptions& client,
                                                               Options options) {
  std::unique_ptr<KafkaPublisher> made{new KafkaPublisher(std::move(options))};
  auto admin = kafka::Admin::create(client);
  if (!admin) return admin.error();
  made->admin_ = std::move(admin).value();
  auto writer = kafka::TransactionalWriter::create(
      client, {.transactional_id = made->options_.transactional_id});
  if (!writer) return writer.error();
  made->writer_ = std::move(writer).value();
  auto producer = kafka::Producer::create(client, made->options_.producer);
  if (!producer) return producer.error();
  made->producer_ = std::move(producer).value();
  return made;
}

KafkaPublisher::~KafkaPublisher() {
  worker_.join();
}

bool KafkaPublisher::connected() const {
  return producer_->connected();
}

std::unique_ptr<UploadBatch> KafkaPublisher::begin(asio::any_io_executor executor) {
  return std::make_unique<KafkaBatch>(*this, executor);
}

http::Task<Status> KafkaPublisher::record_load(const FileLoad& load) {
  const ControlRecord record{load};
  const auto status =
      co_await asio::co_spawn(worker_, commit_on_worker(record), asio::use_awaitable);
  co_return *status;
}

http::Task<Status> KafkaPublisher::record_nil_return(const NilReturn& nil_return) {
  const ControlRecord record{nil_return};
  const auto status =
      co_await asio::co_spawn(worker_, commit_on_worker(record), asio::use_awaitable);
  co_return *status;
}

http::Task<std::optional<Status>> KafkaPublisher::commit_on_worker(const ControlRecord& record) {
  co_return commit(record);
}

Status KafkaPublisher::commit(const ControlRecord& record) {
  if (control_partitions_ == 0) {
    const auto count = admin_->partition_count(options_.topics.control, options_.commit_wait);
    if (!count) return count.error();
    control_partitions_ = count.value();
  }
  std::vector<kafka::OutRecord> copies;
  for (std::int32_t partition = 0; partition < control_partitions_; ++partition) {
    copies.push_back({.topic = options_.topics.control,
                      .key = codec::control_key(record),
                      .value = codec::encode(record),
                      .partition = partition});
  }
  return writer_->commit_batch(copies, options_.commit_wait);
}

Status KafkaPublisher::publish_waiting(std::span<const OutMessage> messages,
                                       const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kGlance{50};
  const auto promise = std::make_shared<std::promise<Status>>();
  auto done = promise->get_future();
  const auto group = std::make_shared<kafka::AckGroup>(
      [promise](const Status& status) { promise->set_value(status); });
  for (const auto& message : messages) {
    const kafka::OutRecord record{
        .topic = name_of(message.topic), .key = message.key, .value = message.value};
    Status taken = Error{Errc::kQueueFull, ""};
    while (!taken && taken.error().code == Errc::kQueueFull) {
      if (stop.stop_requested()) return Error{Errc::kCancelled, "publishing was stopped"};
      taken = producer_->produce_wait(record, group, kGlance);
    }
    if (!taken) return taken;
  }
  group->seal();
  // Kafka's own deadline reports every record sooner or later.
  while (done.wait_for(kGlance) != std::future_status::ready) {
    if (stop.stop_requested()) return Error{Errc::kCancelled, "publishing was stopped"};
  }
  return done.get();
}

const std::string& KafkaPublisher::name_of(OutTopic topic) const {
  switch (topic) {
    case OutTopic::kExposures:
      return options_.topics.exposures;
    case OutTopic::kReports:
      return options_.topics.reports;
    case OutTopic::kQuarantine:
      break;
  }
  return options_.topics.quarantine;
}

}  // namespace cw::intake
