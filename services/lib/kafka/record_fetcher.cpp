#include "lib/kafka/record_fetcher.hpp"

#include "lib/kafka/message_batch.hpp"
#include "lib/kafka/rd_client.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cw::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPollWait{20};
constexpr std::size_t kBatchRecords = 500;
/// Records that are rather read and dropped than jumped over.
constexpr std::int64_t kGapMax = 1000;
constexpr int kSeekMs = 5000;

}  // namespace

class RecordFetcher::Impl : public ClientEvents {
 public:
  explicit Impl(const ClientOptions& client) : ClientEvents(client) {}

  Status open(const ClientOptions& client);
  Status fetch(std::vector<Position> wanted, const Sink& sink);
  void limit(Clock::time_point deadline, const std::stop_token& stop) {
    deadline_ = deadline;
    stop_ = stop;
  }

 private:
  [[nodiscard]] Status fetch_run(std::span<const Position> run, const Sink& sink);
  [[nodiscard]] Status read_run(std::span<const Position> run, const Sink& sink);
  /// Hands over what of `rest` the message settles.
  [[nodiscard]] Status take(const rd_kafka_message_t& message,
                            std::span<const Position>& rest,
                            const Sink& sink);
  [[nodiscard]] Status assign(const std::vector<Position>& positions);
  [[nodiscard]] Status seek(const Position& position);
  [[nodiscard]] Status check_limits() const;

  ClientPtr client_;
  QueuePtr queue_;
  Clock::time_point deadline_;
  std::stop_token stop_;
  std::int64_t read_to_ = 0;  ///< Offset after the last record seen of the run.
};

Status RecordFetcher::Impl::open(const ClientOptions& client) {
  ClientPlan plan{ClientRole::kConsumer, ClientCallbacks::kPlain, consumer_defaults(), {}};
  plan.defaults.emplace_back("fetch.message.max.bytes", "262144");
  plan.defaults.emplace_back("queued.max.messages.kbytes", "4096");
  plan.defaults.emplace_back("fetch.wait.max.ms", "20");
  plan.fixed = assigned_consumer_fixed(client, "fetch");
  auto made = make_client(client, plan, *this);
  if (!made) return std::move(made).error();
  client_ = std::move(made).value();
  rd_kafka_poll_set_consumer(client_.get());
  queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
  return Ok{};
}

Status RecordFetcher::Impl::fetch(std::vector<Position> wanted, const Sink& sink) {
  std::sort(wanted.begin(), wanted.end(), [](const Position& a, const Position& b) {
    return std::tie(a.where, a.offset) < std::tie(b.where, b.offset);
  });
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (auto first = wanted.begin(); first != wanted.end();) {
    const auto end = std::find_if(
        first, wanted.end(), [&](const Position& other) { return other.where != first->where; });
    if (auto status = fetch_run({first, end}, sink); !status) return status;
    first = end;
  }
  return Ok{};
}

Status RecordFetcher::Impl::fetch_run(std::span<const Position> run, const Sink& sink) {
  if (auto status = assign({run.front()}); !status) return status;
  read_to_ = run.front().offset;
  auto status = read_run(run, sink);
  // Otherwise it would go on to fetch what nobody takes.
  const auto stopped = assign({});
  return status ? stopped : status;
}

Status RecordFetcher::Impl::read_run(std::span<const Position> run, const Sink& sink) {
  auto rest = run;
  while (!rest.empty()) {
    if (auto status = check_limits(); !status) return status;
    const auto batch = MessageBatch::poll(queue_.get(), kBatchRecords, kPollWait);
    for (const auto* message : batch.messages()) {
      if (rest.empty()) break;
      if (auto status = take(*message, rest, sink); !status) return status;
    }
    if (!rest.empty() && rest.front().offset > read_to_ + kGapMax) {
      if (auto status = seek(rest.front()); !status) return status;
    }
  }
  return Ok{};
}

Status RecordFetcher::Impl::take(const rd_kafka_message_t& message,
                                 std::span<const Position>& rest,
                                 const Sink& sink) {
  const Error missing{Errc::kNotFound, "a record is gone that should be kept"};
  const auto& next = rest.front();
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return message.offset <= next.offset ? Status{missing} : Status{Ok{}};
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto error = to_error(message.err, "fetching");
    const bool fatal =
        rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
    // Anything else passes, or the time runs out.
    return fatal || error.code == Errc::kNotFound ? Status{std::move(error)} : Status{Ok{}};
  }
  read_to_ = message.offset + 1;
  if (message.offset < next.offset) return Ok{};
  if (message.offset > next.offset) return missing;
  RecordView view;
  view.topic = next.where.topic;
  view.partition = message.partition;
  view.offset = message.offset;
  view.key = {static_cast<const char*>(message.key), message.key_len};
  view.value = {static_cast<const char*>(message.payload), message.len};
  view.tombstone = message.payload == nullptr;
  sink(view);
  rest = rest.subspan(1);
  return Ok{};
}

Status RecordFetcher::Impl::assign(const std::vector<Position>& positions) {
  const auto code = rd_kafka_assign(client_.get(), to_partition_list(positions).get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "assign");
  return Ok{};
}

Status RecordFetcher::Impl::seek(const Position& position) {
  const auto list = to_partition_list({position});
  const ErrorPtr error{rd_kafka_seek_partitions(client_.get(), list.get(), kSeekMs)};
  if (error) return to_error(rd_kafka_error_code(error.get()), "seek");
  read_to_ = position.offset;
  return Ok{};
}

Status RecordFetcher::Impl::check_limits() const {
  if (stop_.stop_requested()) return Error{Errc::kCancelled, "fetching was stopped"};
  if (Clock::now() < deadline_) return Ok{};
  return Error{Errc::kBrokerUnavailable, "records could not be fetched in time"};
}

RecordFetcher::RecordFetcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordFetcher::~RecordFetcher() = default;

Result<std::unique_ptr<RecordFetcher>> RecordFetcher::create(const ClientOptions& client) {
  auto impl = std::make_unique<Impl>(client);
  if (auto status = impl->open(client); !status) return std::move(status).error();
  return std::unique_ptr<RecordFetcher>{new RecordFetcher{std::move(impl)}};
}

Status RecordFetcher::fetch(std::span<const Position> wanted,
                            std::chrono::milliseconds wait,
                            const Sink& sink,
                            const std::stop_token& stop) {
  impl_->limit(Clock::now() + wait, stop);
  return impl_->fetch({wanted.begin(), wanted.end()}, sink);
}

}  // namespace cw::kafka
