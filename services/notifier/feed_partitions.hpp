#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/admin.hpp"
#include "lib/kafka/client_options.hpp"
#include "lib/kafka/group_reader.hpp"
#include "lib/kafka/tail_reader.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/registry.hpp"
#include "notifier/feed_store.hpp"
#include "notifier/feed_supervisor.hpp"
#include "notifier/topic_inputs.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace cw::notifier {

struct FeedPartitionsOptions {
  kafka::ClientOptions client = {};
  std::string topic = {};          ///< The real name of watchlist.v1.
  std::string cursors_topic = {};  ///< Of feed-state.v1.
  std::string group = {};
  std::string instance = {};
  std::chrono::milliseconds session_timeout = std::chrono::seconds{45};
  /// How long a push under way may go on when its partition goes to another notifier.
  std::chrono::milliseconds grace = std::chrono::seconds{10};
};

/// The partitions of watchlist.v1 that the notifiers' group gives this process: opens the store of
/// each, reads on from where it stands, and has its issuers served once it was read to its end and
/// every cursor that the notifier before has saved is known; gives everything up when the group
/// asks for it. A store that fails is closed and opened again, or built anew. THREAD: start() and
/// stop() once each; the rest is safe.
class FeedPartitions {
 public:
  struct Parts {
    FeedStore& store;
    FeedSupervisor& supervisor;
    TopicInputs& inputs;
    const kafka::TailReader& cursors;  ///< Reads feed-state.v1.
    telemetry::Registry& metrics;
  };
  FeedPartitions(FeedPartitionsOptions options, Parts parts, std::function<void(Error)> fail);

  /// Fails with kConfigValue.
  [[nodiscard]] Status start();
  /// Reads no more; what is served goes on. Then stop the supervisor and close().
  void stop();
  /// Closes the stores.
  void close();

  /// Ok when the group has said what is ours and all of it is served. THREAD: safe.
  [[nodiscard]] Status ready() const;
  [[nodiscard]] std::chrono::steady_clock::time_point last_progress() const noexcept {
    return reader_->last_progress();
  }

 private:
  [[nodiscard]] Result<std::vector<kafka::Position>> take(
      const std::vector<std::int32_t>& partitions, std::int32_t count);
  [[nodiscard]] Status wait_for_cursors();
  [[nodiscard]] Status open(std::int32_t partition,
                            std::int32_t count,
                            std::int64_t end,
                            std::vector<kafka::Position>& positions);
  [[nodiscard]] Status apply(std::span<const kafka::RecordView> records);
  [[nodiscard]] Status check();
  void give_up(bool lost);

  const FeedPartitionsOptions options_;
  const Parts parts_;
  const std::function<void(Error)> fail_;
  const telemetry::Logger logger_{"notifier"};
  telemetry::Family<telemetry::Counter> records_;
  telemetry::Family<telemetry::Gauge> partitions_;
  telemetry::Family<telemetry::Counter> refused_;
  std::unique_ptr<kafka::Admin> admin_;  ///< The reader's thread.
  std::unique_ptr<kafka::GroupReader> reader_;
};

}  // namespace cw::notifier
