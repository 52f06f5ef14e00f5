#pragma once

#include "lib/kafka/tail_reader.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cw::test {

/// A record that outlives the reader's callback.
struct KeptRecord {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::string value;
};

/// Options of a client named `id`.
[[nodiscard]] inline kafka::ClientOptions client_of(const std::string& brokers, std::string id) {
  return {.brokers = brokers, .client_id = std::move(id)};
}

/// A TailReader that keeps what it reads. THREAD: safe.
class KeepingReader {
 public:
  KeepingReader(const std::string& brokers, kafka::TailOptions options) {
    options.on_batch = [this](std::span<const kafka::RecordView> records) {
      const std::lock_guard lock{mutex_};
      for (const auto& record : records) {
        records_.push_back({std::string{record.topic},
                            record.partition,
                            record.offset,
                            std::string{record.key},
                            std::string{record.value}});
      }
    };
    reader_ = kafka::TailReader::start(client_of(brokers, "keeper"), std::move(options)).value();
  }

  [[nodiscard]] kafka::TailReader& reader() noexcept { return *reader_; }
  [[nodiscard]] std::vector<KeptRecord> records() const {
    const std::lock_guard lock{mutex_};
    return records_;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return records_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<KeptRecord> records_;
  std::unique_ptr<kafka::TailReader> reader_;
};

/// Everything that a reader of committed records sees in a topic now.
[[nodiscard]] inline std::vector<KeptRecord> read_all(const std::string& brokers,
                                                      const std::string& topic) {
  KeepingReader keeper{brokers, {.topics = {topic}}};
  if (!keeper.reader().wait_caught_up(std::chrono::seconds{30})) return {};
  keeper.reader().stop();
  return keeper.records();
}

}  // namespace cw::test
