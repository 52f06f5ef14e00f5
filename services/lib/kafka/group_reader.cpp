#include "lib/kafka/group_reader.hpp"

#include "lib/base/assert.hpp"
#include "lib/kafka/group_consumer.hpp"
#include "lib/kafka/topic_indexer.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace cw::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPollWait{100};
constexpr std::chrono::milliseconds kMetadataWait{2'000};

}  // namespace

class GroupReader::Impl {
 public:
  explicit Impl(GroupReaderOptions options)
      : options_(std::move(options)), topics_({options_.topic}) {}
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status open(const ClientOptions& client);
  void stop();
  [[nodiscard]] bool settled() const noexcept { return settled_; }
  [[nodiscard]] Clock::time_point last_progress() const noexcept {
    return Clock::time_point{Clock::duration{progress_.load()}};
  }

 private:
  struct Cursor {
    std::int64_t next = 0;
    bool at_end = false;
  };

  void run();
  [[nodiscard]] Status round();
  [[nodiscard]] Status take_assignment();
  [[nodiscard]] Status take(const MessageBatch& batch);
  [[nodiscard]] Status hand_over(std::vector<RecordView>& records);
  void note_end(std::int32_t partition, std::int64_t offset);
  void revoke(bool lost);
  void begin_again(Error why);
  void pause();
  void touch() noexcept { progress_ = Clock::now().time_since_epoch().count(); }
  void settle();

  GroupReaderOptions options_;
  TopicIndexer topics_;
  std::unique_ptr<GroupConsumer> consumer_;
  bool held_ = false;  ///< on_assigned() has given partitions that were not revoked since.
  bool due_ = false;   ///< An assignment waits to be taken.
  std::map<std::int32_t, Cursor> cursors_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> settled_{false};
  std::atomic<Clock::rep> progress_{Clock::now().time_since_epoch().count()};
  std::thread thread_;
};

Status GroupReader::Impl::open(const ClientOptions& client) {
  GroupConsumerOptions wanted{.group_id = options_.group_id,
                              .instance_id = options_.instance_id,
                              .session_timeout = options_.session_timeout,
                              .prefetch_kilobytes = options_.prefetch_kilobytes};
  wanted.on_revoke = [this](bool lost) { revoke(lost); };
  auto made = GroupConsumer::create(client, wanted);
  if (!made) return std::move(made).error();
  consumer_ = std::move(made).value();
  if (auto status = consumer_->subscribe({options_.topic}); !status) return status;
  thread_ = std::thread{[this] { run(); }};
  return Ok{};
}

void GroupReader::Impl::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void GroupReader::Impl::run() {
  while (!stopping_) {
    touch();
    auto status = round();
    if (status || stopping_) continue;
    const Errc code = status.error().code;
    if (code == Errc::kFenced || code == Errc::kKafkaFatal || code == Errc::kNotFound) {
      settled_ = false;
      if (options_.on_failed) options_.on_failed(std::move(status).error());
      return;
    }
    begin_again(std::move(status).error());
  }
}

Status GroupReader::Impl::round() {
  auto batch = consumer_->poll(options_.batch_records_max, kPollWait, options_.batch_linger);
  if (!batch) return std::move(batch).error();
  if (consumer_->take_rebalanced()) {
    due_ = consumer_->has_assignment();
    settled_ = false;
  }
  if (stopping_) return Ok{};
  if (due_) return take_assignment();
  if (auto taken = take(batch.value()); !taken) return taken;
  return options_.on_tick && held_ ? options_.on_tick() : Status{Ok{}};
}

Status GroupReader::Impl::take_assignment() {
  const auto count = consumer_->partition_count(options_.topic, kMetadataWait);
  if (!count) return Error{Errc::kBrokerUnavailable, count.error().detail};
  std::vector<std::int32_t> partitions;
  for (const auto& where : consumer_->assignment()) partitions.push_back(where.partition);
  held_ = true;
  auto positions = options_.on_assigned(partitions, count.value());
  if (!positions) return std::move(positions).error();
  cursors_.clear();
  for (const auto& position : positions.value()) {
    cursors_[position.where.partition] = {.next = position.offset};
  }
  if (auto reading = consumer_->read_from(positions.value()); !reading) {
    return Error{Errc::kBrokerUnavailable, reading.error().detail};
  }
  due_ = false;
  consumer_->sound();
  settle();
  return Ok{};
}

Status GroupReader::Impl::take(const MessageBatch& batch) {
  topics_.forget();
  std::vector<RecordView> run;
  for (const auto* message : batch.messages()) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (auto handed = hand_over(run); !handed) return handed;
      note_end(message->partition, message->offset);
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const auto topic = topics_.index_of(message->rkt);
    const auto cursor = cursors_.find(message->partition);
    // A batch that was gathered around a rebalance may bring what is not ours, or twice.
    if (!topic || cursor == cursors_.end() || message->offset < cursor->second.next) continue;
    if (!run.empty() && run.back().partition != message->partition) {
      if (auto handed = hand_over(run); !handed) return handed;
    }
    cursor->second.next = message->offset + 1;
    run.push_back(topics_.view(*message, *topic));
  }
  return hand_over(run);
}

Status GroupReader::Impl::hand_over(std::vector<RecordView>& records) {
  if (records.empty()) return Ok{};
  touch();
  Status taken = options_.on_batch(records);
  records.clear();
  return taken;
}

void GroupReader::Impl::note_end(std::int32_t partition, std::int64_t offset) {
  const auto cursor = cursors_.find(partition);
  if (cursor == cursors_.end() || offset < cursor->second.next) return;
  cursor->second.next = offset;
  if (std::exchange(cursor->second.at_end, true)) return;
  if (options_.on_end) options_.on_end(partition);
  settle();
}

void GroupReader::Impl::settle() {
  for (const auto& [partition, cursor] : cursors_) {
    if (!cursor.at_end) return;
  }
  settled_ = true;
}

void GroupReader::Impl::revoke(bool lost) {
  settled_ = false;
  cursors_.clear();
  if (std::exchange(held_, false) && options_.on_revoked) options_.on_revoked(lost);
}

/// What was handed over may be lost to the owner: it takes its partitions as if they were new.
void GroupReader::Impl::begin_again(Error why) {
  constexpr int kErrorLevel = 3;
  consumer_->logged(kErrorLevel, "GROUP", why.detail.c_str());
  revoke(/*lost=*/false);
  static_cast<void>(consumer_->read_from({}));
  due_ = consumer_->has_assignment();
  pause();
}

void GroupReader::Impl::pause() {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, options_.retry_pause, [this] { return stopping_.load(); });
}

GroupReader::GroupReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GroupReader::~GroupReader() = default;

Result<std::unique_ptr<GroupReader>> GroupReader::start(const ClientOptions& client,
                                                        GroupReaderOptions options) {
  CW_ASSERT(options.on_assigned && options.on_batch);
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto status = impl->open(client); !status) return std::move(status).error();
  return std::unique_ptr<GroupReader>{new GroupReader{std::move(impl)}};
}

void GroupReader::stop() {
  impl_->stop();
}
bool GroupReader::settled() const noexcept {
  return impl_->settled();
}
std::chrono::steady_clock::time_point GroupReader::last_progress() const noexcept {
  return impl_->last_progress();
}

}  // namespace cw::kafka
