#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/control.hpp"
#include "lib/http/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace cw::intake {

/// Topics whose records need no order among each other.
enum class OutTopic : std::uint8_t { kExposures, kReports, kQuarantine };

struct OutMessage {
  OutTopic topic;
  std::string key;
  std::string value;
};

/// The records of one upload on their way to Kafka. THREAD: only from the upload's coroutine.
class UploadBatch {
 public:
  virtual ~UploadBatch() = default;

  /// Takes the message or says why not, at once: kQueueFull (later there may be room), or what the
  /// records taken before it ran into. After any other failure than kQueueFull the batch is lost.
  [[nodiscard]] virtual Status offer(const OutMessage& message) = 0;

  /// Waits until Kafka has acknowledged every message. To be called once, at the end. Fails with
  /// kBrokerUnavailable or another Kafka code; some messages may have arrived then.
  [[nodiscard]] virtual http::Task<Status> acknowledged() = 0;
};

/// The way out of intake. THREAD: safe.
class Publisher {
 public:
  virtual ~Publisher() = default;

  /// Whether Kafka could be reached when it was last tried.
  [[nodiscard]] virtual bool connected() const = 0;
  /// `executor`: where the upload's coroutine runs.
  [[nodiscard]] virtual std::unique_ptr<UploadBatch> begin(
      boost::asio::any_io_executor executor) = 0;
  /// Writes the record to every partition of control.v1, in one transaction. Fails with
  /// kBrokerUnavailable (it may still appear), kFenced, kTopicMissing, kKafkaFatal.
  [[nodiscard]] virtual http::Task<Status> record_load(const FileLoad& load) = 0;
  /// The same for a nil return.
  [[nodiscard]] virtual http::Task<Status> record_nil_return(const NilReturn& record) = 0;
};

/// offer(), trying again while the queue is full, up to `wait`; then fails with kQueueFull.
[[nodiscard]] http::Task<Status> offer_patiently(UploadBatch& batch,
                                                 const OutMessage& message,
                                                 std::chrono::milliseconds wait);

}  // namespace cw::intake
