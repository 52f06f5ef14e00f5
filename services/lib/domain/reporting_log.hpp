#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/sorted_bag.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cw {

/// When issuers' reports came, so that one can say who has not been heard from. Each revision of a
/// report that facts rest on is in it, once for each incident under which it has facts.
/// THREAD: const access is safe.
class ReportingLog {
 public:
  /// The report that was received last.
  struct Heard {
    Instant received_at;
    Instant reported_at;  ///< Its own; of several received at once the latest.

    friend bool operator==(const Heard&, const Heard&) = default;
  };

  void add(std::string_view issuer, Heard report);
  void remove(std::string_view issuer, Heard report);

  /// What was received last from `issuer` up to `known_at`; nothing if nothing was.
  [[nodiscard]] std::optional<Heard> last(std::string_view issuer, Instant known_at) const;
  /// The median of received_at - reported_at over all that is in the log now; of an even number
  /// the smaller middle one. Nothing if there is no report.
  [[nodiscard]] std::optional<std::chrono::milliseconds> usual_lag(std::string_view issuer) const;

 private:
  struct Habits {
    SortedBag<std::pair<Instant, Instant>> reports;  ///< (received_at, reported_at).
    SortedBag<std::chrono::milliseconds> lags;
  };

  std::map<std::string, Habits, std::less<>> issuers_;
};

}  // namespace cw
