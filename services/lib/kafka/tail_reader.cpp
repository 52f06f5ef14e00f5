#include "lib/kafka/tail_reader.hpp"

#include "lib/base/assert.hpp"
#include "lib/kafka/message_batch.hpp"
#include "lib/kafka/rd_client.hpp"
#include "lib/kafka/topic_indexer.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace cw::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRetryPause{300};
constexpr int kMetadataMs = 2000;
constexpr std::chrono::milliseconds kLagEvery{200};

}  // namespace

class TailReader::Impl : public ClientEvents {
 public:
  Impl(const ClientOptions& client, TailOptions options)
      : ClientEvents(client), options_(std::move(options)), topics_(options_.topics) {}
  ~Impl() override { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status open(const ClientOptions& client);
  void stop();
  [[nodiscard]] Status wait_caught_up(std::chrono::milliseconds wait);
  [[nodiscard]] std::vector<Position> positions() const;
  [[nodiscard]] bool caught_up() const noexcept { return caught_up_; }
  [[nodiscard]] std::int64_t lag() const noexcept { return lag_; }
  [[nodiscard]] Clock::time_point last_progress() const noexcept {
    return Clock::time_point{Clock::duration{progress_.load()}};
  }

 private:
  struct Cursor {
    std::int64_t next = RD_KAFKA_OFFSET_BEGINNING;
    bool at_end = false;  ///< The end has been seen once.
  };

  void run();
  [[nodiscard]] bool find_partitions();
  [[nodiscard]] Status assign();
  void read_until_stopped();
  [[nodiscard]] Status read_batch();
  [[nodiscard]] Status take(const rd_kafka_message_t& message);
  [[nodiscard]] Cursor& cursor_of(const rd_kafka_message_t& message, TopicIndex topic);
  void announce_end();
  void refresh_lag();
  void fail(Error error);
  [[nodiscard]] bool pause();
  void touch() noexcept { progress_ = Clock::now().time_since_epoch().count(); }

  TailOptions options_;
  TopicIndexer topics_;
  ClientPtr client_;
  QueuePtr queue_;
  std::vector<RecordView> views_;

  mutable std::mutex mutex_;  // Guards cursors_ against readers of other threads.
  std::condition_variable changed_;
  std::map<TopicPartition, Cursor> cursors_;
  // Records of a partition come in runs: the cursor of the last one.
  const rd_kafka_topic_t* run_topic_ = nullptr;
  std::int32_t run_partition_ = 0;
  Cursor* run_cursor_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> caught_up_{false};
  std::atomic<std::int64_t> lag_{0};
  std::atomic<Clock::rep> progress_{Clock::now().time_since_epoch().count()};
  Clock::time_point lag_due_{};
  std::thread thread_;
};

Status TailReader::Impl::open(const ClientOptions& client) {
  ClientPlan plan{ClientRole::kConsumer, ClientCallbacks::kPlain, consumer_defaults(), {}};
  plan.defaults.emplace_back("queued.max.messages.kbytes",
                             std::to_string(options_.prefetch_kilobytes));
  plan.fixed = assigned_consumer_fixed(client, "tail");
  auto made = make_client(client, plan, *this);
  if (!made) return std::move(made).error();
  client_ = std::move(made).value();
  rd_kafka_poll_set_consumer(client_.get());
  queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
  thread_ = std::thread{[this] { run(); }};
  return Ok{};
}

void TailReader::Impl::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status TailReader::Impl::wait_caught_up(std::chrono::milliseconds wait) {
  std::unique_lock lock{mutex_};
  if (changed_.wait_for(lock, wait, [this] { return caught_up_.load(); })) return Ok{};
  return Error{Errc::kBrokerUnavailable, "the topics were not read to their end in time"};
}

std::vector<Position> TailReader::Impl::positions() const {
  const std::lock_guard lock{mutex_};
  std::vector<Position> result;
  for (const auto& [where, cursor] : cursors_) {
    result.push_back({where, std::max<std::int64_t>(cursor.next, 0)});
  }
  return result;
}

void TailReader::Impl::run() {
  while (!find_partitions()) {
    if (!pause()) return;
  }
  if (auto status = assign(); !status) return fail(std::move(status).error());
  read_until_stopped();
}

// Waits between attempts; false when it is time to stop.
bool TailReader::Impl::pause() {
  touch();
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, kRetryPause, [this] { return stopping_.load(); });
  return !stopping_;
}

bool TailReader::Impl::find_partitions() {
  std::map<TopicPartition, Cursor> found;
  for (const auto& topic : options_.topics) {
    const auto count = fetch_partition_count(client_.get(), topic, kMetadataMs);
    if (!count || count.value() == 0) return false;
    for (std::int32_t partition = 0; partition < count.value(); ++partition) {
      const auto& wanted = options_.partitions;
      if (wanted && std::find(wanted->begin(), wanted->end(), partition) == wanted->end()) continue;
      found[{topic, partition}] = {};
    }
  }
  for (const auto& position : options_.start) {
    const auto cursor = found.find(position.where);
    if (cursor != found.end()) cursor->second.next = position.offset;
  }
  const std::lock_guard lock{mutex_};
  cursors_ = std::move(found);
  return true;
}

Status TailReader::Impl::assign() {
  std::vector<Position> positions;
  for (const auto& [where, cursor] : cursors_) positions.push_back({where, cursor.next});
  const auto code = rd_kafka_assign(client_.get(), to_partition_list(positions).get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, "assign");
  return Ok{};
}

void TailReader::Impl::read_until_stopped() {
  while (!stopping_) {
    touch();
    if (auto status = read_batch(); !status) return fail(std::move(status).error());
    refresh_lag();
    announce_end();
  }
}

Status TailReader::Impl::read_batch() {
  const auto batch =
      MessageBatch::poll(queue_.get(), options_.batch_records_max, options_.batch_wait);
  views_.clear();
  topics_.forget();
  run_topic_ = nullptr;
  {
    const std::lock_guard lock{mutex_};
    for (const auto* message : batch.messages()) {
      if (auto status = take(*message); !status) return status;
    }
  }
  if (!views_.empty() && !stopping_) options_.on_batch(views_);
  return Ok{};
}

TailReader::Impl::Cursor& TailReader::Impl::cursor_of(const rd_kafka_message_t& message,
                                                      TopicIndex topic) {
  if (message.rkt != run_topic_ || message.partition != run_partition_) {
    const auto found = cursors_.find({options_.topics[topic], message.partition});
    CW_ASSERT(found != cursors_.end());
    run_topic_ = message.rkt;
    run_partition_ = message.partition;
    run_cursor_ = &found->second;
  }
  return *run_cursor_;
}

Status TailReader::Impl::take(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR ||
      message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    const auto topic = topics_.index_of(message.rkt);
    CW_ASSERT(topic.has_value());
    auto& cursor = cursor_of(message, *topic);
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      cursor.next = std::max(cursor.next, message.offset);
      cursor.at_end = true;
    } else if (message.offset >= cursor.next) {
      cursor.next = message.offset + 1;
      views_.push_back(topics_.view(message, *topic));
    }
    return Ok{};
  }
  auto error = to_error(message.err, "reading");
  if (error.code == Errc::kNotFound) {
    error.detail += ": records are gone that should be kept";
    return error;
  }
  // Anything else is either passing, or shows as a fatal error of the client.
  if (rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  return Ok{};
}

void TailReader::Impl::announce_end() {
  if (caught_up_) return;
  for (const auto& [where, cursor] : cursors_) {
    if (!cursor.at_end) return;
  }
  {
    const std::lock_guard lock{mutex_};
    caught_up_ = true;
  }
  changed_.notify_all();
  if (options_.on_caught_up) options_.on_caught_up();
}

void TailReader::Impl::refresh_lag() {
  if (Clock::now() < lag_due_) return;
  lag_due_ = Clock::now() + kLagEvery;
  std::int64_t sum = 0;
  for (const auto& [where, cursor] : cursors_) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_kafka_get_watermark_offsets(
        client_.get(), where.topic.c_str(), where.partition, &low, &high);
    if (high > 0) sum += std::max<std::int64_t>(0, high - std::max(cursor.next, low));
  }
  lag_ = sum;
}

void TailReader::Impl::fail(Error error) {
  constexpr int kErrorLevel = 3;
  logged(kErrorLevel, "TAIL", error.detail.c_str());
  if (options_.on_failed) options_.on_failed(std::move(error));
}

TailReader::TailReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TailReader::~TailReader() = default;

Result<std::unique_ptr<TailReader>> TailReader::start(const ClientOptions& client,
                                                      TailOptions options) {
  CW_ASSERT(options.on_batch);
  auto impl = std::make_unique<Impl>(client, std::move(options));
  if (auto status = impl->open(client); !status) return std::move(status).error();
  return std::unique_ptr<TailReader>{new TailReader{std::move(impl)}};
}

void TailReader::stop() {
  impl_->stop();
}
bool TailReader::caught_up() const noexcept {
  return impl_->caught_up();
}
std::int64_t TailReader::lag() const {
  return impl_->lag();
}
std::vector<Position> TailReader::positions() const {
  return impl_->positions();
}
std::chrono::steady_clock::time_point TailReader::last_progress() const noexcept {
  return impl_->last_progress();
}
Status TailReader::wait_caught_up(std::chrono::milliseconds wait) const {
  return impl_->wait_caught_up(wait);
}

}  // namespace cw::kafka
