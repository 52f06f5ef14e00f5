#pragma once

#include "lib/base/result.hpp"
#include "lib/http/router.hpp"
#include "notifier/batch_builder.hpp"
#include "notifier/control_view.hpp"
#include "notifier/delivery_worker.hpp"
#include "notifier/feed_order.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cw::notifier {

/// What operators see of the feeds and do to them:
///   GET  /v1/feeds, /v1/feeds/{issuer}                            role read
///   POST /v1/feeds/{issuer}/pause | resume | disable {"reason"?}  role feed
///   POST /v1/feeds/{issuer}/probe                                 role feed
///   POST /v1/feeds/{issuer}/replay {"after": SEQ}                 role feed
///   GET  /v1/feeds/{issuer}/set-aside?after=&limit=               role feed
///   POST /v1/feeds/{issuer}/set-aside/retry                       role feed
/// An order is answered with 200 once it has been carried out and saved, with 202 if it is still
/// under way after some seconds. Errors: UNKNOWN_ISSUER, FEED_NOT_HERE (another notifier serves the
/// issuer), those of DeliveryWorker::order(). THREAD: safe; what it refers to outlives the router.
class FeedApi {
 public:
  struct Parts {
    /// Of an issuer that this process serves; else null.
    std::function<std::shared_ptr<DeliveryWorker>(const IssuerId&)> worker;
    std::function<std::vector<FeedStatus>()> statuses;
    const ControlView& control;
    const BatchBuilder& builder;
  };
  explicit FeedApi(Parts parts) : parts_(std::move(parts)) {}

  void add_routes(http::Router& router) const;

  /// The worker that {issuer} of the path names. Fails with kUnknownIssuer, kFeedNotHere.
  [[nodiscard]] Result<std::shared_ptr<DeliveryWorker>> find(const http::Request& request) const;

 private:
  using Handle = http::Task<http::Response> (FeedApi::*)(const http::Request&,
                                                         http::BodyReader&) const;
  void add(http::Router& router,
           std::string method,
           const std::string& path,
           std::string role,
           Handle handle) const;
  void add_state_route(http::Router& router, const std::string& verb, FeedOrder::Kind kind) const;
  [[nodiscard]] http::Task<http::Response> list(const http::Request& request,
                                                http::BodyReader& body) const;
  [[nodiscard]] http::Task<http::Response> show(const http::Request& request,
                                                http::BodyReader& body) const;
  [[nodiscard]] http::Task<http::Response> change(FeedOrder::Kind kind,
                                                  const http::Request& request,
                                                  http::BodyReader& body) const;
  [[nodiscard]] http::Task<http::Response> probe(const http::Request& request,
                                                 http::BodyReader& body) const;
  [[nodiscard]] http::Task<http::Response> replay(const http::Request& request,
                                                  http::BodyReader& body) const;
  [[nodiscard]] http::Task<http::Response> set_aside(const http::Request& request,
                                                     http::BodyReader& body) const;
  [[nodiscard]] http::Task<http::Response> retry(const http::Request& request,
                                                 http::BodyReader& body) const;

  const Parts parts_;
};

}  // namespace cw::notifier
