#include "notifier/reconcile/reconcile_routes.hpp"

#include "lib/http/problem.hpp"

#include <utility>

namespace cw::notifier {
namespace {

using namespace std::chrono_literals;

// A repair of everything that an issuer holds goes through its one window, batch by batch.
constexpr auto kTimeout = 10min;

}  // namespace

void add_reconcile_route(http::Router& router,
                         const FeedApi& feeds,
                         std::shared_ptr<Reconciler> reconciler) {
  router.add("POST",
             "/v1/feeds/{issuer}/reconcile",
             {.role = "feed", .body_bytes_max = 0, .handle_timeout = kTimeout},
             [&feeds, reconciler = std::move(reconciler)](
                 const http::Request& request, http::BodyReader&) -> http::Task<http::Response> {
               const auto worker = feeds.find(request);
               if (!worker) co_return http::problem(worker.error());
               const auto result = co_await reconciler->run(worker.value()->feed()->issuer());
               if (!result) co_return http::problem(result.error());
               co_return http::Response::json(200, to_json(result.value()));
             });
}

}  // namespace cw::notifier
