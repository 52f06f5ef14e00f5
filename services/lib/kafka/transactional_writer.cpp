#include "lib/kafka/transactional_writer.hpp"

#include "lib/kafka/disposition.hpp"
#include "lib/kafka/txn_client.hpp"

#include <algorithm>
#include <thread>

namespace cw::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::milliseconds kRoomWait{10};

}  // namespace

class TransactionalWriter::Impl {
 public:
  Impl(ClientOptions client, const TransactionalOptions& options) : client_(std::move(client)) {
    options_.transactional_id = options.transactional_id;
    options_.transaction_timeout = options.transaction_timeout;
    options_.linger = options.linger;
  }

  Status create();
  Status commit_batch(std::span<const OutRecord> records, Clock::time_point deadline);

 private:
  [[nodiscard]] Status attempt(std::span<const OutRecord> records, Clock::time_point deadline);
  [[nodiscard]] Status write_all(std::span<const OutRecord> records, Clock::time_point deadline);
  [[nodiscard]] bool recover(const Error& error);

  ClientOptions client_;
  TxnClientOptions options_;
  std::unique_ptr<TxnClient> producer_;
  bool ready_ = false;  ///< init() has succeeded.
  Clock::time_point begun_at_{};
};

Status TransactionalWriter::Impl::create() {
  ready_ = false;
  producer_.reset();  // Before its successor: both under one id would fence each other.
  auto made = TxnClient::create(client_, options_);
  if (!made) return std::move(made).error();
  producer_ = std::move(made).value();
  return Ok{};
}

Status TransactionalWriter::Impl::commit_batch(std::span<const OutRecord> records,
                                               Clock::time_point deadline) {
  for (;;) {
    auto status = attempt(records, deadline);
    if (status || !recover(status.error())) return status;
    if (Clock::now() + kPause >= deadline) {
      return Error{Errc::kBrokerUnavailable, status.error().detail};
    }
    std::this_thread::sleep_for(kPause);
  }
}

Status TransactionalWriter::Impl::attempt(std::span<const OutRecord> records,
                                          Clock::time_point deadline) {
  if (!producer_) {
    if (auto status = create(); !status) return status;
  }
  if (!ready_) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    const auto wait = std::max(left, std::chrono::milliseconds{1});
    if (auto status = producer_->init(wait); !status) return status;
    ready_ = true;
  }
  begun_at_ = Clock::now();
  if (auto status = producer_->begin(); !status) return status;
  if (auto status = write_all(records, deadline); !status) {
    auto aborted = producer_->abort();
    return aborted ? status : aborted;
  }
  auto status = producer_->commit();
  if (!status && status.error().code == Errc::kTransactionAborted) {
    if (auto aborted = producer_->abort(); !aborted) return aborted;
  }
  return status;
}

Status TransactionalWriter::Impl::write_all(std::span<const OutRecord> records,
                                            Clock::time_point deadline) {
  for (const auto& record : records) {
    auto status = producer_->produce(record.topic, record.partition, record.key, record.value);
    while (!status && status.error().code == Errc::kQueueFull && Clock::now() < deadline) {
      producer_->wait_for_room(kRoomWait);
      status = producer_->produce(record.topic, record.partition, record.key, record.value);
    }
    if (!status) return status;
  }
  return Ok{};
}

// Whether another attempt makes sense; afterwards the producer is fit for it.
bool TransactionalWriter::Impl::recover(const Error& error) {
  // A coordinator that gave a transaction up for its age fences us just as a successor would, but
  // only a successor can do so before that age.
  const bool aged = ready_ && Clock::now() >= begun_at_ + options_.transaction_timeout;
  switch (error.code == Errc::kFenced && aged ? Errc::kKafkaFatal : error.code) {
    case Errc::kFenced:
    case Errc::kRecordTooLarge:
    case Errc::kTopicMissing:
    case Errc::kConfigValue:
      return false;
    case Errc::kKafkaFatal:
    case Errc::kTransactionIndefinite:
      ready_ = false;
      producer_.reset();
      return true;
    default:
      // An unfinished call must not be mixed with the next attempt.
      if (ready_ && disposition(error.code) == Disposition::kRetry) {
        ready_ = false;
        producer_.reset();
      }
      return true;
  }
}

TransactionalWriter::TransactionalWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TransactionalWriter::~TransactionalWriter() = default;

Result<std::unique_ptr<TransactionalWriter>> TransactionalWriter::create(
    const ClientOptions& client, const TransactionalOptions& options) {
  auto impl = std::make_unique<Impl>(client, options);
  if (auto status = impl->create(); !status) return std::move(status).error();
  return std::unique_ptr<TransactionalWriter>{new TransactionalWriter{std::move(impl)}};
}

Status TransactionalWriter::commit_batch(std::span<const OutRecord> records,
                                         std::chrono::milliseconds wait) {
  return impl_->commit_batch(records, Clock::now() + wait);
}

}  // namespace cw::kafka
