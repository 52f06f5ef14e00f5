#pragma once

#include "issuer/inbox.hpp"
#include "issuer/probe.hpp"
#include "lib/http/router.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cw::issuer {

using Inboxes = std::map<std::string, std::unique_ptr<Inbox>, std::less<>>;

/// The HTTP edge: pushes to inboxes, and what a person or test asks about them. Decryption and
/// disk run on `workers`. THREAD: safe.
class Routes {
 public:
  Routes(const Inboxes& inboxes, Probe& probe, boost::asio::thread_pool& workers)
      : inboxes_(inboxes), probe_(probe), workers_(workers) {}

  /// The routes refer to this object.
  void add_to(http::Router& router, std::uint64_t body_bytes_max);

 private:
  using Handle = http::Task<http::Response> (Routes::*)(const http::Request&, http::BodyReader&);

  void add(http::Router& router,
           std::string method,
           std::string path,
           http::RouteOptions options,
           Handle handle);
  [[nodiscard]] http::Task<http::Response> push(const http::Request& request,
                                                http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> misbehave(Behaviour behaviour);
  [[nodiscard]] http::Task<Result<Receipt>> accept(Inbox& inbox,
                                                   const http::Request& request,
                                                   std::string_view body);
  [[nodiscard]] http::Task<http::Response> list(const http::Request& request,
                                                http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> cards(const http::Request& request,
                                                 http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> get_behaviour(const http::Request& request,
                                                         http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> put_behaviour(const http::Request& request,
                                                         http::BodyReader& body);
  [[nodiscard]] http::Task<http::Response> forget(const http::Request& request,
                                                  http::BodyReader& body);
  [[nodiscard]] Result<Inbox*> inbox_of(const http::Request& request) const;
  [[nodiscard]] http::Response answered(const Inbox& inbox,
                                        const Result<Receipt>& receipt,
                                        std::chrono::steady_clock::time_point since);

  const Inboxes& inboxes_;
  Probe& probe_;
  boost::asio::thread_pool& workers_;
  telemetry::Logger log_{"issuer"};
  telemetry::Throttle refusals_;
};

}  // namespace cw::issuer
