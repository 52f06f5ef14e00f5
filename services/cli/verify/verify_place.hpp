#pragma once

#include "lib/base/result.hpp"
#include "lib/kafka/client_options.hpp"

#include <string>
#include <string_view>

namespace cw::cli {

/// The cluster and the group of matchers to look at.
struct VerifyPlace {
  kafka::ClientOptions client = {};
  std::string prefix = "cardwatch.";
  std::string group = "matcher";  ///< Without the prefix.

  [[nodiscard]] std::string topic(std::string_view name) const {
    return prefix + std::string(name);
  }
  [[nodiscard]] std::string group_id() const { return prefix + group; }
};

/// Takes kafka.brokers, kafka.topic_prefix, kafka.properties and matcher.group from the text of a
/// configuration of cardwatch-matcher; everything else there is the matcher's own affair. Fails
/// with kConfigValue, naming the line.
[[nodiscard]] Status read_place(std::string_view yaml, VerifyPlace& place);

}  // namespace cw::cli
