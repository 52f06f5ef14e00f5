#pragma once

#include "bench/workload.hpp"

#include <rapidjson/document.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace cw::bench {

/// What readers of matches.v1 and watchlist.v1 hold in the end. Reads the messages with RapidJSON
/// alone, so that it shares no code with what wrote them.
/// THREAD: not safe.
class OutputFold {
 public:
  /// False if it is no such message.
  [[nodiscard]] bool add_matches(std::string_view json);
  [[nodiscard]] bool add_watch(std::string_view json);

  /// active, inactive, watched and reported_cards; the rest stays 0.
  [[nodiscard]] Expectation result() const;
  [[nodiscard]] std::uint64_t facts_read() const noexcept { return facts_read_; }
  [[nodiscard]] std::uint64_t retracted() const noexcept { return retracted_; }

 private:
  struct Held {
    std::uint8_t outcome = 0;
    bool active = false;
  };

  std::unordered_map<std::uint64_t, Held> facts_;  ///< By a hash of the identity.
  /// Level by a hash of issuer and card.
  std::unordered_map<std::uint64_t, std::uint8_t> watch_;
  std::uint64_t facts_read_ = 0;
  std::uint64_t retracted_ = 0;

  [[nodiscard]] bool add_fact(const rapidjson::Value& row, const rapidjson::Value& names);
};

}  // namespace cw::bench
