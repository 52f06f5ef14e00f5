#pragma once

#include "lib/http/body_reader.hpp"
#include "lib/http/message.hpp"
#include "lib/http/principals.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cw::http {

/// Answers one request. `request` and `body` live until it returned. It may leave the body unread.
using Handler = std::function<Task<Response>(const Request& request, BodyReader& body)>;

struct RouteOptions {
  std::string role = {};  ///< The caller needs it; empty: any known principal.
  std::uint64_t body_bytes_max = 1U << 20U;
  /// From the last byte of the body that the handler read until it returned.
  std::chrono::milliseconds handle_timeout = std::chrono::seconds{30};
};

struct Route {
  std::string method = {};
  std::string path_template = {};
  RouteOptions options = {};
  Handler handler = {};
};

/// Maps method and path to a handler. Templates look like "/v1/incidents/{incident}/files/{file}";
/// a parameter is one whole segment, and a literal segment is preferred to a parameter.
/// Filled while starting; immutable and THREAD: safe once a Server has it.
class Router {
 public:
  /// Without principals (the admin listener) routes are open to whoever can connect.
  Router() = default;
  explicit Router(Principals principals)
      : principals_(std::make_shared<const Principals>(std::move(principals))) {}

  void add(std::string method, std::string path_template, RouteOptions options, Handler handler);

  struct Match {
    const Route* route = nullptr;
    Params params = {};
  };
  /// Fails with kRouteUnknown or kMethodNotAllowed (detail: the methods that are allowed).
  [[nodiscard]] Result<Match> find(std::string_view method, std::string_view path) const;

  /// find(), then authorisation: fills path_params and principal. Fails with kForbidden too.
  [[nodiscard]] Result<const Route*> resolve(Request& request) const;

 private:
  std::vector<Route> routes_;
  std::shared_ptr<const Principals> principals_;
};

}  // namespace cw::http
