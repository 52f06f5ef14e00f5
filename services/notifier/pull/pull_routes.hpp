#pragma once

#include "lib/http/router.hpp"
#include "notifier/pull/pull_api.hpp"

namespace cw::notifier {

/// Adds the routes under /v1/feed, which ask for the role `pull`. `api` outlives the router.
void add_pull_routes(http::Router& router, PullApi& api);

}  // namespace cw::notifier
