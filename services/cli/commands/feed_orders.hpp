#pragma once

#include "cli/session.hpp"

namespace cw::cli {

/// Adds to `feed` the verbs that change something: pause, resume, disable, probe, reconcile,
/// replay, set-aside.
void add_feed_orders(CLI::App& noun, Session& session);

}  // namespace cw::cli
