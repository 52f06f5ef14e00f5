#pragma once

#include "lib/base/time.hpp"

#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cw::runtime {

/// A certificate or key that ends at a known time.
struct Expiring {
  std::string kind;    ///< "service_certificate", "encryption_key", ...
  std::string issuer;  ///< Whose; empty: our own.
  Instant ends;
};

/// Whole days until `ends`, rounded down: 0 on the last day, negative after the end.
[[nodiscard]] std::int64_t days_left(Instant ends, Instant now);

/// Tells ahead of time what is about to end: once when 30, 14, 7 and 1 days are left, and once when
/// it has ended. Something that is renewed (another end) begins anew. No clock, no I/O.
/// THREAD: not safe.
class ExpiryWatch {
 public:
  static constexpr std::array<std::int64_t, 5> kDays{30, 14, 7, 1, -1};

  struct Notice {
    Expiring what;
    std::int64_t days_left = 0;
  };

  /// What is to be told now of `all` there is; what is not among them is forgotten. Seen for the
  /// first time with few days left, something is told of once, not for each mark that it passed.
  [[nodiscard]] std::vector<Notice> look(std::span<const Expiring> all, Instant now);

 private:
  struct Told {
    Instant ends;
    std::size_t marks = 0;  ///< How many of kDays it has passed.
  };

  std::map<std::pair<std::string, std::string>, Told> told_;  ///< By kind and issuer.
};

}  // namespace cw::runtime
