#pragma once

#include "issuer/config.hpp"
#include "issuer/inbox.hpp"
#include "issuer/journal_keeper.hpp"
#include "issuer/probe.hpp"
#include "issuer/pull_client.hpp"
#include "issuer/routes.hpp"
#include "lib/runtime/service.hpp"
#include "lib/telemetry/logger.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace cw::issuer {

/// Wires the reference issuer to one process. THREAD: as runtime::Service.
class IssuerService final : public runtime::Service {
 public:
  void declare(config::Schema& schema) override { config_.declare(schema); }
  /// Reads all journals back before it returns.
  [[nodiscard]] Status start(runtime::Context& context) override;
  void stop() override;
  void reload() override;

 private:
  [[nodiscard]] Status open_inbox(const IssuerFiles& files);
  [[nodiscard]] Status add_puller(const IssuerFiles& files, const runtime::Context& context);
  void start_pulling();
  void add_checks(runtime::Context& context);

  Config config_;
  telemetry::Logger log_{"issuer"};
  Inboxes inboxes_;
  std::optional<Probe> probe_;
  std::unique_ptr<boost::asio::thread_pool> workers_;
  std::optional<Routes> routes_;
  boost::asio::io_context pull_io_;  ///< Of one thread; outlives its clients' connections.
  std::vector<std::unique_ptr<PullClient>> pullers_;
  std::vector<std::shared_ptr<http::TlsContext>> pull_tls_;  ///< Those of their own.
  std::thread pull_thread_;
  std::optional<JournalKeeper> keeper_;
};

}  // namespace cw::issuer
