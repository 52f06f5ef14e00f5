#include "lib/http/server.hpp"
#include "lib/runtime/admin.hpp"
#include "lib/runtime/arguments.hpp"
#include "lib/runtime/process.hpp"
#include "lib/runtime/service.hpp"
#include "lib/telemetry/logger.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <condition_variable>
#include <csignal>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

namespace cw::runtime {
namespace {

namespace asio = boost::asio;
using telemetry::Logger;

/// Everything between the configuration and the exit. THREAD: the main thread runs `control_`,
/// where signals and fail() arrive; all else happens on the io threads.
class Life {
 public:
  Life(const ServiceSpec& spec, const CommonConfig& config, std::unique_ptr<Service> service)
      : spec_(spec),
        config_(config),
        service_(std::move(service)),
        io_work_(asio::make_work_guard(io_)),
        control_work_(asio::make_work_guard(control_)),
        signals_(control_),
        http_probe_(std::make_shared<http::ServerProbe>(metrics_)) {
    metrics_
        .gauges(
            {"cardwatch_build_info", "Always 1; the labels say what runs.", {"service", "version"}})
        .with({spec.name, CARDWATCH_VERSION})
        .set(1);
  }

  ExitCode run() {
    start_threads();
    const Status started = start();
    if (started) {
      control_.run();
    } else {
      logger_.error("start_failed",
                    "The service could not start",
                    {{"code", started.error().code}, {"detail", started.error().detail}});
      print_error(started.error());
      exit_code_ = exit_code_of(started.error().code);
    }
    stop();
    logger_.info(
        "stopped", "The service has stopped", {{"exit_code", static_cast<int>(exit_code_)}});
    return exit_code_;
  }

 private:
  void start_threads() {
    for (std::uint32_t i = 0; i < config_.io_threads; ++i) {
      threads_.emplace_back([this] {
        try {
          io_.run();
        } catch (const std::exception& error) {
          // Whatever was being done is in an unknown state now; a restart is the safe way out.
          fail({Errc::kInternal, std::string{"exception on an io thread: "} + error.what()});
        }
        const std::lock_guard lock(threads_mutex_);
        ++threads_ended_;
        thread_ended_.notify_all();
      });
    }
  }

  void fail(Error error) {
    asio::post(control_, [this, error = std::move(error)] {
      if (exit_code_ == ExitCode::kOk) {
        exit_code_ = ExitCode::kBug;
        logger_.alarm("fatal",
                      "The service ends because of an error that only a restart mends",
                      {{"code", error.code}, {"detail", error.detail}});
      }
      control_.stop();
    });
  }

  Status start() {
    auto admin_port = start_admin();
    if (!admin_port) return std::move(admin_port).error();
    if (spec_.listener == Uses::kYes) {
      Status status = load_tls();
      if (!status) return status;
      router_ = http::Router{config_.principals()};
    }
    context_.emplace(Context{.io = io_,
                             .metrics = metrics_,
                             .health = health_,
                             .config = config_,
                             .router = router_,
                             .client_tls = client_tls_,
                             .fail = [this](Error error) { fail(std::move(error)); },
                             .expiry = expiry_});
    Status status = service_->start(*context_);
    service_started_ = true;
    if (!status) return status;
    std::optional<std::uint16_t> listen_port;
    if (spec_.listener == Uses::kYes) {
      auto port = start_listener();
      if (!port) return std::move(port).error();
      listen_port = port.value();
    }
    expiry_.start();
    // Before anybody is told that it runs: from then on a signal means an orderly stop.
    wait_for_signals();
    health_.set_serving();
    logger_.info("started",
                 "The service has started",
                 {{"version", CARDWATCH_VERSION},
                  {"listen_port", listen_port.value_or(0)},
                  {"admin_port", admin_port.value()}});
    if (config_.ports_file.empty()) return Ok{};
    return write_ports_file(config_.ports_file, listen_port, admin_port.value());
  }

  Status load_tls() {
    using Role = http::TlsContext::Role;
    auto server = http::TlsContext::load(Role::kServer, config_.tls);
    if (!server) return std::move(server).error();
    auto client = http::TlsContext::load(Role::kClient, config_.tls);
    if (!client) return std::move(client).error();
    server_tls_ = std::move(server).value();
    client_tls_ = std::move(client).value();
    const auto expiry = metrics_.gauge("cardwatch_certificate_expires_seconds",
                                       "When our certificate ends, in seconds since 1970.");
    metrics_.on_collect([expiry, tls = server_tls_] {
      const auto at = tls->expires_at().time_since_epoch();
      expiry.set(std::chrono::duration<double>(at).count());
    });
    expiry_.add([tls = server_tls_] {
      return std::vector<Expiring>{{"service_certificate", "", tls->expires_at()}};
    });
    return Ok{};
  }

  Result<std::uint16_t> start_admin() {
    admin_ = std::make_unique<http::Server>(io_.get_executor(),
                                            http::ServerOptions{.name = "admin",
                                                                .address = config_.admin.address,
                                                                .port = config_.admin.port,
                                                                .connections_max = 64,
                                                                .probe = http_probe_},
                                            admin_routes(health_, metrics_));
    return admin_->start();
  }

  Result<std::uint16_t> start_listener() {
    http::ServerOptions options{.name = spec_.name,
                                .address = config_.listen.address,
                                .port = config_.listen.port,
                                .handshake_timeout = config_.http.header_timeout,
                                .header_timeout = config_.http.header_timeout,
                                .body_timeout = config_.http.body_timeout,
                                .write_timeout = config_.http.write_timeout,
                                .idle_timeout = config_.http.idle_timeout,
                                .connections_max = config_.http.connections_max,
                                .probe = http_probe_};
    listener_ = std::make_unique<http::Server>(
        io_.get_executor(), std::move(options), router_, server_tls_);
    return listener_->start();
  }

  void wait_for_signals() {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal);
    await_signal();
  }

  void await_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int signal) {
      if (ec) return;
      if (signal == SIGHUP) {
        reload();
        await_signal();
        return;
      }
      logger_.info("stopping", "Asked to stop", {{"signal", signal}});
      control_.stop();
    });
  }

  void reload() {
    for (const auto& tls : {server_tls_, client_tls_}) {
      if (!tls) continue;
      const Status status = tls->reload();
      if (status) continue;
      logger_.alarm("tls_reload_failed",
                    "The TLS files are unusable; the old ones stay in use",
                    {{"code", status.error().code}, {"detail", status.error().detail}});
    }
    service_->reload();
    expiry_.look(now());
    logger_.info("reloaded", "Files were read anew");
  }

  void stop() {
    exit_on_next_signal();
    const StopWatchdog watchdog(config_.stop_timeout);
    health_.set_stopping();
    expiry_.stop();
    if (service_started_) service_->stopping();
    if (listener_) listener_->stop(config_.stop_timeout / 2);
    if (service_started_) service_->stop();
    if (admin_) admin_->stop(std::chrono::milliseconds{100});
    drain_io();
    for (std::thread& thread : threads_) thread.join();
  }

  /// Lets the last coroutines end by themselves, so that none is destroyed half-way.
  void drain_io() {
    constexpr auto kDrain = std::chrono::seconds{2};
    io_work_.reset();
    std::unique_lock lock(threads_mutex_);
    thread_ended_.wait_for(lock, kDrain, [this] { return threads_ended_ == threads_.size(); });
    io_.stop();
  }

  const ServiceSpec& spec_;
  const CommonConfig& config_;
  const Logger logger_{"runtime"};
  telemetry::Registry metrics_;
  Health health_;
  asio::io_context io_;
  asio::io_context control_;
  std::unique_ptr<Service> service_;  ///< After io_, which its sockets and timers need to the end.
  ExpiryMonitor expiry_{io_.get_executor(), metrics_};
  asio::executor_work_guard<asio::io_context::executor_type> io_work_;
  asio::executor_work_guard<asio::io_context::executor_type> control_work_;
  asio::signal_set signals_;
  std::vector<std::thread> threads_;
  std::mutex threads_mutex_;
  std::condition_variable thread_ended_;
  std::size_t threads_ended_ = 0;
  http::Router router_;
  std::shared_ptr<http::TlsContext> server_tls_;
  std::shared_ptr<http::TlsContext> client_tls_;
  std::shared_ptr<http::ServerProbe> http_probe_;
  std::unique_ptr<http::Server> admin_;
  std::unique_ptr<http::Server> listener_;
  std::optional<Context> context_;
  bool service_started_ = false;
  ExitCode exit_code_ = ExitCode::kOk;
};

int code(ExitCode exit_code) {
  return static_cast<int>(exit_code);
}

}  // namespace

int run_service(int argc, char** argv, ServiceSpec spec) {
  harden_process();
  const ParsedArguments parsed = parse_arguments(argc, argv, spec);
  if (!parsed.arguments) return code(parsed.exit_code);
  const Arguments& arguments = *parsed.arguments;

  std::unique_ptr<Service> service = spec.make();
  CommonConfig config;
  config::Schema schema;
  config.declare(schema, spec);
  service->declare(schema);
  if (arguments.config_reference) {
    std::cout << schema.reference();
    return code(ExitCode::kOk);
  }
  const Status loaded = schema.load({.file = arguments.config_file,
                                     .environment = config::process_environment(),
                                     .sets = arguments.sets});
  if (!loaded) {
    print_error(loaded.error());
    return code(ExitCode::kConfig);
  }
  if (arguments.print_config) {
    std::cout << schema.print();
    return code(ExitCode::kOk);
  }
  const auto level = telemetry::parse_level(config.log_level);
  if (level) telemetry::set_log_level(level.value());

  return code(Life{spec, config, std::move(service)}.run());
}

}  // namespace cw::runtime
