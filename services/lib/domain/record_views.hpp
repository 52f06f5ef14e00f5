#pragma once

#include "lib/domain/exposure.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace cw {

// The records of the hot path without owned memory: what ReportRevision, ExposureRecord and Fact
// say, as views into a message or a state. A view lives no longer than what it points into. Text
// that is absent is empty: no such member of a message may be empty.

using AttributeView = std::pair<std::string_view, std::string_view>;

/// A ReportRevision without its content hash.
struct ReportView {
  std::string_view issuer;
  std::string_view report;
  std::uint32_t revision = 1;
  ReportAction action = ReportAction::kNewf;
  CardRef card;
  std::optional<CardRef> filed_under;
  Iin iin = 0;
  std::optional<Expiry> expiry;
  std::optional<Instant> attempted_at;
  Instant reported_at;
  Instant received_at;
  std::string_view amount;
  std::string_view currency;
  std::string_view mcc;
  std::string_view country;
  std::string_view channel;
  std::optional<bool> approved;
  FraudType fraud_type = FraudType::kOther;
  std::optional<FraudDisposition> disposition;
  std::string_view member;
  std::string_view incident;
  std::string_view match_key;
  bool imported = false;

  /// The card whose inputs this copy belongs to.
  [[nodiscard]] const CardRef& home() const noexcept { return filed_under ? *filed_under : card; }
  /// As ReportRevision::is_away.
  [[nodiscard]] bool is_away() const noexcept { return filed_under && *filed_under != card; }
};

struct ExposureView {
  std::string_view incident;
  std::string_view file;
  std::uint64_t record = 0;
  CardRef card;
  Iin iin = 0;
  Expiry expiry;
  std::span<const AttributeView> attributes;  ///< Sorted by name, names unique.
  std::string_view member;
  std::string_view sealed_pan;  ///< Bytes, not their base64url.
  std::string_view file_key;
  std::string_view match_key;
  Instant received_at;
  bool imported = false;
};

struct FactView {
  std::string_view incident;  ///< Empty: the report stands under no incident.
  std::string_view issuer;
  std::string_view report;
  Instant known_from;
  std::uint32_t revision = 0;
  CardRef card;
  std::string_view card_issuer;
  Outcome outcome = Outcome::kNotExposed;
  bool active = true;
  bool attributable = false;
  std::uint32_t scope_revision = 0;
  std::string_view member;
  Instant reported_at;
  Instant received_at;
  std::optional<FraudDisposition> disposition;
  FraudType fraud_type = FraudType::kOther;
  std::optional<bool> approved;
  bool imported = false;
};

/// Views of owned records. The attributes of an exposure are put into `attributes`, which must
/// outlive the view.
[[nodiscard]] ReportView view_of(const ReportRevision& report);
[[nodiscard]] ExposureView view_of(const ExposureRecord& record,
                                   std::vector<AttributeView>& attributes);
[[nodiscard]] FactView view_of(const Fact& fact);

/// Owned copies. A report's content_hash stays zero.
[[nodiscard]] ReportRevision to_report(const ReportView& view);
[[nodiscard]] ExposureRecord to_exposure(const ExposureView& view);
[[nodiscard]] Fact to_fact(const FactView& view);

}  // namespace cw
