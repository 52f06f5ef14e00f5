#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/fact_book.hpp"
#include "lib/domain/ids.hpp"
#include "lib/domain/nil_return.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace cw {

/// An issuer of which nothing has come since the day that a figure is about, so that the figure may
/// still grow by what that issuer has to report.
struct NotHeardFrom {
  IssuerId issuer;
  /// Of the report that was received last, under whatever incident; nothing: none ever.
  std::optional<Instant> last_reported_at;
  std::optional<Instant> last_received_at;
  /// How long after its own reported_at a report of this issuer is usually received: the median
  /// over all of them, as far as known today.
  std::optional<std::chrono::seconds> usual_lag;
  /// Up to which it had said that it has nothing to report.
  std::optional<Instant> nil_until = {};

  friend bool operator==(const NotHeardFrom&, const NotHeardFrom&) = default;
};

/// Those of `issuers` whose newest report received up to `known_at` (nothing: now) was received not
/// after `day_end`, the last instant of the as-of day, and that had not said by then that they had
/// nothing to report up to that instant. Anything an issuer reports says that it has been heard
/// from, and an issuer that never reported is one not heard from.
[[nodiscard]] std::vector<NotHeardFrom> not_heard_from(const FactBook& facts,
                                                       const std::vector<IssuerId>& issuers,
                                                       std::optional<Instant> known_at,
                                                       Instant day_end,
                                                       const NilReturns& nil_returns = {});

/// How long nothing has been heard of an issuer.
struct IssuerSilence {
  IssuerId issuer;
  std::optional<Instant> last_reported_at;  ///< As in NotHeardFrom.
  std::optional<Instant> last_received_at;
  std::optional<Instant> nil_until;
  Instant heard_at;  ///< Of whatever came last; `since` if nothing ever did.
  std::chrono::seconds silent{0};
};

/// At `now`: since the newest report received, or the instant up to which it said that it had
/// nothing to report (never after `now`), or `since`, when the issuer became one.
[[nodiscard]] IssuerSilence silence_of(const FactBook& facts,
                                       const NilReturns& nil_returns,
                                       const IssuerId& issuer,
                                       Instant since,
                                       Instant now);

}  // namespace cw
