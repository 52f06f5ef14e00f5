#pragma once

#include "lib/domain/control.hpp"
#include "matcher/engine/compiled_predicate.hpp"
#include "matcher/state/symbol_table.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cw::matcher {

/// An exposed file as one version of its incident declares it.
struct FilePlan {
  Symbol name = 0;
  Instant at_risk_start;
  std::optional<Instant> withdrawn_at = {};
  Day at_risk_from;
  Day at_risk_to;
};

/// What holds of an incident from an instant on.
struct EpochPlan {
  Instant from;
  bool declared = false;  ///< False: the incident is not known yet.
  bool open = false;
  const TimeZone* zone = nullptr;
  std::vector<FilePlan> files = {};
  CompiledPredicate* scope = nullptr;  ///< Null: none in force.
  std::uint32_t scope_revision = 0;

  /// R6: the file, if it is declared and not withdrawn at `at`; else nullptr.
  [[nodiscard]] const FilePlan* standing(Symbol file, Instant at) const noexcept;
};

struct IncidentPlan {
  Symbol id = 0;
  std::vector<EpochPlan> epochs = {};  ///< By from; may be empty.

  /// The epoch that holds at `at`; nullptr before the first.
  [[nodiscard]] const EpochPlan* at(Instant at) const noexcept;
};

/// Control as the hot path wants it: by symbols, with compiled predicates. Immutable apart from
/// what the predicates remember.
/// THREAD: not safe; belongs to its lane.
class ControlPlan {
 public:
  ControlPlan(Control control, SymbolTable& symbols);

  [[nodiscard]] const Control& control() const noexcept { return control_; }
  /// nullptr if nothing is known of the incident.
  [[nodiscard]] const IncidentPlan* incident(Symbol id) const noexcept;
  [[nodiscard]] const IssuerId& issuer_of(Iin iin) const { return control_.issuer_of(iin); }

 private:
  void add(const IncidentId& id, SymbolTable& symbols);
  [[nodiscard]] CompiledPredicate* compiled(const ScopeRevision& scope, const SymbolTable& symbols);

  Control control_;
  std::vector<IncidentPlan> incidents_;
  std::map<const ScopeRevision*, std::unique_ptr<CompiledPredicate>> scopes_;
};

}  // namespace cw::matcher
