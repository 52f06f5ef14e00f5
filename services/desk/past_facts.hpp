#pragma once

#include "desk/match_view.hpp"
#include "lib/kafka/client_options.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace cw::desk {

/// Folds matches.v1 anew, from its beginning up to `until` (not including it): what a figure with
/// these offsets was counted from. Records that cannot be read are left out, as they were then.
/// Blocks. Fails with kUnavailable if the topic was not read to its end within `wait`.
[[nodiscard]] Result<std::shared_ptr<const MatchView>> read_past_facts(
    const kafka::ClientOptions& client,
    const std::string& topic,
    const Offsets& until,
    std::chrono::milliseconds wait);

}  // namespace cw::desk
