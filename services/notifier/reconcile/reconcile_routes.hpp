#pragma once

#include "lib/http/router.hpp"
#include "notifier/feed_api.hpp"
#include "notifier/reconcile/reconciler.hpp"

#include <memory>

namespace cw::notifier {

/// Adds POST /v1/feeds/{issuer}/reconcile (role feed): compares now, repairs, answers with the
/// ReconcileResult. Errors: those of FeedApi::find() and Reconciler::run(). `feeds` outlives the
/// router.
void add_reconcile_route(http::Router& router,
                         const FeedApi& feeds,
                         std::shared_ptr<Reconciler> reconciler);

}  // namespace cw::notifier
