#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/ids.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw {

/// ISO 20022 FraudReportingAction1Code, as far as used.
enum class ReportAction : std::uint8_t { kNewf, kUpdt, kClse, kReop, kDupl };

/// field-reference.md B2.
enum class FraudType : std::uint8_t {
  kLost,
  kStolen,
  kNotReceived,
  kFalseApplication,
  kCounterfeit,
  kMisc,
  kCnpUse,
  kAcquirerCounterfeit,
  kAccountTakeover,
  kMultipleUse,
  kCollusion,
  kIncorrectProcessing,
  kMerchantMisrepresentation,
  kManipulatedHolder,
  kPaymentOrderModified,
  kFirstParty,
  kSuspected,
  kOther,
};

/// How the attempt was found: by the issuer before billing, by the member on a statement, after
/// the debit.
enum class FraudDisposition : std::uint8_t { kIssuerMonitoring, kMemberStatement, kAfterDebit };

/// Wire names ("NEWF", "CNP_USE", "issuer_monitoring"); from_text gives nullopt for others.
[[nodiscard]] std::string_view text(ReportAction action) noexcept;
[[nodiscard]] std::string_view text(FraudType type) noexcept;
[[nodiscard]] std::string_view text(FraudDisposition disposition) noexcept;
[[nodiscard]] std::optional<ReportAction> action_from(std::string_view text) noexcept;
[[nodiscard]] std::optional<FraudType> fraud_type_from(std::string_view text) noexcept;
[[nodiscard]] std::optional<FraudDisposition> disposition_from(std::string_view text) noexcept;

/// R9: NEWF, UPDT and REOP.
[[nodiscard]] bool is_active(ReportAction action) noexcept;
/// R16: false for lost, stolen, not received, false application and first party.
[[nodiscard]] bool is_attributable(FraudType type) noexcept;

/// One revision of a report: a whole report, not a patch (R7). Known by (issuer, report id,
/// revision).
struct ReportRevision {
  IssuerId issuer;  ///< Who reports.
  ReportId report;
  std::uint32_t revision = 1;
  ReportAction action = ReportAction::kNewf;
  CardRef card;
  /// Set in a copy that lies with another card than the report names, because another revision of
  /// the report names that one: there it says that the report went away (R10).
  std::optional<CardRef> filed_under;
  Iin iin = 0;
  std::optional<Expiry> expiry;  ///< As presented in the attempt.
  std::optional<Instant> attempted_at;
  Instant reported_at;                ///< Issuer's clock.
  Instant received_at;                ///< Ours, when accepted.
  std::optional<std::string> amount;  ///< Decimal text.
  std::optional<std::string> currency;
  std::optional<std::string> mcc;
  std::optional<std::string> country;
  std::optional<std::string> channel;
  std::optional<bool> approved;
  FraudType fraud_type = FraudType::kOther;
  std::optional<FraudDisposition> disposition;
  std::optional<std::string> member;
  std::optional<IncidentId> incident;  ///< The issuer's own suspicion.
  std::string match_key;
  bool imported = false;
  /// SHA-256 of the canonical record without received_at, imported and filed_under, set by the
  /// codec; decides R8's ties.
  std::array<std::uint8_t, 32> content_hash{};

  /// The card whose inputs this copy belongs to.
  [[nodiscard]] const CardRef& home() const noexcept { return filed_under ? *filed_under : card; }
  /// Says of home() only that the report is not on it (R10).
  [[nodiscard]] bool is_away() const noexcept { return filed_under && *filed_under != card; }
};

}  // namespace cw
