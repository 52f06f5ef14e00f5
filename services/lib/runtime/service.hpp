#pragma once

#include "lib/base/result.hpp"
#include "lib/config/schema.hpp"
#include "lib/http/router.hpp"
#include "lib/http/tls_context.hpp"
#include "lib/runtime/common_config.hpp"
#include "lib/runtime/expiry_monitor.hpp"
#include "lib/runtime/health.hpp"
#include "lib/telemetry/registry.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cw::runtime {

/// After sysexits.h.
enum class ExitCode : int { kOk = 0, kUsage = 64, kUnavailable = 69, kBug = 70, kConfig = 78 };

/// What a running service may use. All references live until run_service() returns.
struct Context {
  boost::asio::io_context& io;  ///< Run by runtime.io_threads threads.
  telemetry::Registry& metrics;
  Health& health;
  const CommonConfig& config;
  /// Fill it in start(); served over mutual TLS once start() returned. Unused without a listener.
  http::Router& router;
  /// For outgoing connections; null if the service has no tls section.
  std::shared_ptr<http::TlsContext> client_tls;
  /// Ends the process: stop() as usual, then exit code 70. For errors that only a restart mends.
  /// THREAD: safe, returns at once, the first call counts.
  std::function<void(Error)> fail;
  /// Watches our own certificate; a service adds what else may end.
  ExpiryMonitor& expiry;
};

/// A service as run_service() drives it. THREAD: all calls from the main thread, in the order
/// declare, start, (reload)*, stopping, stop.
class Service {
 public:
  virtual ~Service() = default;

  /// Declares the service's own properties, bound to its members.
  virtual void declare(config::Schema& schema) = 0;

  /// Must not wait for what may be away (Kafka, peers): begin, and tell by a readiness check.
  /// Fails only with what a restart will not mend by itself (files, keys, values).
  [[nodiscard]] virtual Status start(Context& context) = 0;

  /// The process was asked to end. Requests under way still have half of runtime.stop_timeout: let
  /// those that only wait for something end now.
  virtual void stopping() {}

  /// The HTTPS listener has stopped. End everything, keep what was promised; it has
  /// runtime.stop_timeout, then the process ends regardless.
  virtual void stop() = 0;

  /// SIGHUP, after the TLS files were read anew.
  virtual void reload() {}
};

enum class Uses : std::uint8_t { kNo, kYes };

struct ServiceSpec {
  std::string name = {};       ///< "notifier"; the program is cardwatch-notifier.
  std::string about = {};      ///< One sentence for --help.
  Uses listener = Uses::kYes;  ///< HTTPS with principals; brings tls, listen and principals.
  Uses kafka = Uses::kYes;
  std::function<std::unique_ptr<Service>()> make = {};
};

/// The whole life of a service process; returns its exit code.
///
/// Flags: --config, --set (repeatable), --print-config, --config-reference, --version, --help.
/// Order: configuration, logging, admin listener, Service::start, HTTPS listener, ports file; on
/// SIGTERM or SIGINT backwards, within runtime.stop_timeout; the second signal exits at once.
/// Core dumps are off, because the memory of a service may hold card numbers.
[[nodiscard]] int run_service(int argc, char** argv, ServiceSpec spec);

}  // namespace cw::runtime
