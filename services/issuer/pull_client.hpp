#pragma once

#include "issuer/inbox.hpp"
#include "issuer/pull_fsm.hpp"
#include "lib/http/client.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::issuer {

/// Fetches an issuer's feed from the notifier and acknowledges it, for as long as it lives.
///
/// The list comes as long polls for entries; as a snapshot when nothing is held or the epoch is
/// another; and bucket by bucket where the digests differ. THREAD: run() on one strand; the counts
/// from anywhere.
class PullClient {
 public:
  struct Options {
    std::string url;  ///< Of the notifier, e.g. "https://notifier:8445".
    PullFsm::Options plan;
    std::uint32_t entries_max = 1000;  ///< In one answer.
  };

  PullClient(Inbox& inbox,
             boost::asio::any_io_executor executor,
             std::shared_ptr<http::TlsContext> tls,
             Options options);

  /// Endless; ends with the executor, or after the step in which stop() was called.
  [[nodiscard]] http::Task<void> run();
  /// One action of the plan.
  [[nodiscard]] http::Task<void> step();
  void stop() { stopped_ = true; }

  /// Requests made, and those among them that failed.
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  using Answer = Result<http::ClientResponse>;

  [[nodiscard]] http::Task<Status> perform(const PullAction& action);
  [[nodiscard]] http::Task<Status> verify();
  [[nodiscard]] http::Task<Status> take_snapshot();
  [[nodiscard]] http::Task<Status> repair(const std::vector<crypto::Bucket>& buckets);
  [[nodiscard]] http::Task<Status> repair_with(std::string_view line);
  [[nodiscard]] http::Task<Status> compare();
  [[nodiscard]] http::Task<Status> take_entries(std::chrono::milliseconds wait);
  [[nodiscard]] http::Task<Status> lose_track(const http::ClientResponse& refusal);
  [[nodiscard]] http::Task<Status> acknowledge();
  [[nodiscard]] http::Task<Status> pause(std::chrono::milliseconds length);
  [[nodiscard]] http::Task<Answer> send(std::string method, std::string target, std::string body);
  [[nodiscard]] PullFsm::State state();

  Inbox& inbox_;
  boost::asio::any_io_executor executor_;
  http::Client client_;
  Options options_;
  PullFsm plan_;
  struct Acknowledged {
    std::uint64_t accepted = 0;
    std::uint64_t applied = 0;

    friend bool operator==(const Acknowledged&, const Acknowledged&) = default;
  };
  Acknowledged acknowledged_;
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> failures_{0};
  telemetry::Logger log_{"pull"};
  telemetry::Throttle throttle_;
};

}  // namespace cw::issuer
