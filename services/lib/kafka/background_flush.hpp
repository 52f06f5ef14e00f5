#pragma once

#include "lib/kafka/rd_handles.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace cw::kafka {

/// Lets what has gathered in a producer's queue leave at once, whatever its linger, while the owner
/// does something else: librdkafka sends at once only as long as somebody is in rd_kafka_flush().
/// THREAD: safe; has a thread of its own, in which the client's callbacks may run.
class BackgroundFlush {
 public:
  /// `client` must outlive this object.
  explicit BackgroundFlush(rd_kafka_t& client);
  BackgroundFlush(const BackgroundFlush&) = delete;
  BackgroundFlush& operator=(const BackgroundFlush&) = delete;

  /// Until the queue is empty, or rest().
  void start();
  /// From now on (some milliseconds later at most) records gather again.
  void rest();

 private:
  void run(const std::stop_token& stop);

  rd_kafka_t& client_;
  std::mutex mutex_;
  std::condition_variable_any started_;
  bool due_ = false;  ///< Guarded by mutex_.
  std::atomic<bool> wanted_{false};
  std::jthread thread_;  ///< Last: it uses the others.
};

}  // namespace cw::kafka
