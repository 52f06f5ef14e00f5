#pragma once

#include "cli/output.hpp"
#include "lib/codec/json_value.hpp"

#include <string>

namespace cw::cli {

// The notifier's answers about feeds, for people.

/// One line an issuer: GET /v1/feeds.
[[nodiscard]] Table feeds_table(codec::JsonValue feeds);
/// Everything of one feed, a line a fact: GET /v1/feeds/{issuer}.
[[nodiscard]] Table feed_table(codec::JsonValue feed);
/// What an order has led to, in one sentence with what to do next; `under_way`: not yet done.
[[nodiscard]] std::string order_sentence(codec::JsonValue feed, bool under_way);
/// POST /v1/feeds/{issuer}/reconcile: what differed and what was sent.
[[nodiscard]] std::string reconcile_sentence(const std::string& issuer, codec::JsonValue result);
/// GET /v1/feeds/{issuer}/set-aside.
[[nodiscard]] Table set_aside_table(codec::JsonValue answer);
/// POST /v1/feeds/{issuer}/set-aside/retry.
[[nodiscard]] std::string retry_sentence(codec::JsonValue answer, bool under_way);

}  // namespace cw::cli
