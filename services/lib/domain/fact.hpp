#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/ids.hpp"
#include "lib/domain/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace cw {

/// Outcome of a report, per incident (rules.md R11 to R14).
enum class Outcome : std::uint8_t {
  kIdentified,
  kInFile,
  kExpiryMismatch,
  kPredatesExposure,
  kNotExposed,
};

[[nodiscard]] std::string_view text(Outcome outcome) noexcept;  ///< "in_file" ...
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view text) noexcept;

/// R16, of an active report.
[[nodiscard]] bool is_attributable(FraudType type, Outcome outcome) noexcept;

/// Identity of a match fact among those of one card. From known_from on, until the next fact of the
/// same report, incident and card, the report stood as the fact says.
struct FactId {
  IncidentId incident;  ///< Empty: the report stands under no incident.
  IssuerId issuer;      ///< Who reported.
  ReportId report;
  Instant known_from;

  friend auto operator<=>(const FactId&, const FactId&) = default;
};

/// What was known of a report under an incident from an instant on.
struct Fact {
  FactId id;
  std::uint32_t revision = 0;
  CardRef card;          ///< Whose inputs it follows from, also when the report went to another.
  IssuerId card_issuer;  ///< By IIN range, at now.
  Outcome outcome = Outcome::kNotExposed;
  bool active = true;                ///< False: closed, a duplicate, or gone from here.
  bool attributable = false;         ///< R16; false when not active.
  std::uint32_t scope_revision = 0;  ///< In force at known_from; 0 if none.
  std::optional<std::string> member;
  Instant reported_at;
  Instant received_at;
  std::optional<FraudDisposition> disposition;
  FraudType fraud_type = FraudType::kOther;
  std::optional<bool> approved;
  bool imported = false;

  friend bool operator==(const Fact&, const Fact&) = default;
};

}  // namespace cw
