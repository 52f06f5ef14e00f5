#pragma once

#include "lib/domain/watch.hpp"
#include "matcher/engine/control_plan.hpp"
#include "matcher/state/card_items.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// A WatchReason by symbols.
struct ReasonPlan {
  Symbol incident = 0;
  Symbol file = 0;
  WatchLevel level = WatchLevel::kInFile;
  std::uint32_t scope_revision = 0;
  Day since;
  Day at_risk_from;
  Day at_risk_to;

  friend bool operator==(const ReasonPlan&, const ReasonPlan&) = default;
};

/// A WatchEntry that owns no text: views into the card's bytes, the symbols and control.
struct EntryPlan {
  std::string_view issuer;
  WatchLevel level = WatchLevel::kInFile;
  Expiry expiry;
  std::string_view sealed_pan;
  Symbol file_key = 0;
  Day watch_from;
  std::vector<ReasonPlan> reasons = {};

  friend bool operator==(const EntryPlan&, const EntryPlan&) = default;
};

/// That an active attributable report stands under an incident from an instant until now, and never
/// did before.
struct ReportedFrom {
  Symbol incident = 0;
  Instant from;
};

/// The quick way to a card's watch entry (rules.md R22 to R24), for cards whose reports come to no
/// more than `reported`: the same as derive_watch says then.
/// THREAD: not safe; one for a lane, its buffers are used again.
class CardWatch {
 public:
  explicit CardWatch(const SymbolTable& symbols) : symbols_(symbols) {}

  /// `exposures` must be in order of (incident, file, record), by text. The result is valid until
  /// the next call of either function; nullptr: no incident watches the card.
  [[nodiscard]] const EntryPlan* derive(std::span<const StoredExposure> exposures,
                                        std::span<const ReportedFrom> reported,
                                        const ControlPlan& control);
  /// The other buffer, to compare with: what the call before the last one gave.
  [[nodiscard]] const EntryPlan& previous() const { return plans_[1 - current_]; }

  void fill(const EntryPlan& plan, const CardRef& card, WatchEntry& out) const;

 private:
  struct Group {
    std::span<const StoredExposure> records;
    const IncidentPlan* plan = nullptr;
    std::optional<Instant> reported_from = {};
  };

  [[nodiscard]] static std::optional<WatchLevel> level(const Group& group, Instant at);
  static void add_group(const Group& group,
                        WatchLevel level,
                        std::vector<Instant>& points,
                        EntryPlan& out);
  void list_points(const Group& group);

  const SymbolTable& symbols_;
  std::vector<Instant> points_;
  EntryPlan plans_[2];
  std::size_t current_ = 0;
};

}  // namespace cw::matcher
