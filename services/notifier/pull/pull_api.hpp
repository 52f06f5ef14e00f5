#pragma once

#include "lib/http/message.hpp"
#include "lib/http/task.hpp"
#include "lib/telemetry/registry.hpp"
#include "notifier/answers.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/build_gate.hpp"
#include "notifier/pull/pull_desk.hpp"
#include "notifier/pull/pull_request.hpp"
#include "notifier/pull/rate_limit.hpp"
#include "notifier/pull/wait_room.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cw::notifier {

struct PullOptions {
  std::size_t batch_bytes_max = 1U << 20U;  ///< Of the clear text.
  std::size_t requests_per_second = 50;     ///< Of one issuer.
  WaitRoom::Limits waiting = {};
  std::size_t snapshots_max = 4;  ///< At a time, in all; an issuer has one.
};

/// The pull side of the feed: what each route answers to one issuer. It takes the issuer from the
/// caller and hands nothing of another's out, whatever the request says. THREAD: safe; outlives the
/// listener's requests.
class PullApi {
 public:
  struct Parts {
    PullDesk& desk;
    const BatchBuilder& builder;
    CardAnswers& answers;
    std::shared_ptr<BuildGate> gate;  ///< Turns at making batches; may be null.
    telemetry::Registry& metrics;
  };
  PullApi(Parts parts, PullOptions options);

  /// Whether the issuer may ask now; else what to answer (429).
  [[nodiscard]] std::optional<http::Response> refuse(const IssuerId& issuer);

  [[nodiscard]] http::Task<http::Response> entries(IssuerId issuer, EntriesRequest asked);
  [[nodiscard]] http::Task<http::Response> snapshot(
      IssuerId issuer, std::optional<std::vector<crypto::Bucket>> buckets);
  [[nodiscard]] http::Task<http::Response> digest(IssuerId issuer);
  [[nodiscard]] http::Task<http::Response> acknowledge(IssuerId issuer, codec::FeedAck ack);
  [[nodiscard]] http::Response verify(const IssuerId& issuer, const std::string& state);
  [[nodiscard]] http::Response status(const IssuerId& issuer);
  [[nodiscard]] http::Task<http::Response> set_status(IssuerId issuer,
                                                      StatusRequest asked,
                                                      std::string by);

  /// The issuer may have new entries.
  void wake(const IssuerId& issuer) { room_.wake(issuer); }
  /// Long polls end now.
  void stop() { room_.stop(); }

 private:
  class SnapshotTurn;
  struct Batch {
    std::string body = {};
    std::size_t entries = 0;
  };
  /// A place from which entries may be had now.
  [[nodiscard]] Result<PullPlace> open_place(const IssuerId& issuer) const;
  [[nodiscard]] http::Task<Result<std::optional<Batch>>> next_batch(IssuerId issuer,
                                                                    EntriesRequest asked);
  [[nodiscard]] Result<std::optional<Batch>> make_batch(const PullPlace& place,
                                                        const EntriesRequest& asked);
  [[nodiscard]] http::Response epoch_over(const IssuerId& issuer) const;
  void count(const IssuerId& issuer, std::size_t entries, std::size_t bytes) const;

  const Parts parts_;
  const PullOptions options_;
  RateLimit rate_;
  WaitRoom room_;
  telemetry::Family<telemetry::Counter> entries_;
  telemetry::Family<telemetry::Counter> bytes_;

  struct Snapshots {
    std::mutex mutex;
    std::set<IssuerId> running;
  };
  const std::shared_ptr<Snapshots> snapshots_ = std::make_shared<Snapshots>();
};

}  // namespace cw::notifier
