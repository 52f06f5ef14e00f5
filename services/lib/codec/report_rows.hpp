#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/csv_reader.hpp"
#include "lib/codec/row.hpp"
#include "lib/domain/report.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cw::codec {

/// A good report as an issuer tells it, before the card number is replaced by its reference.
struct ReportInput {
  std::uint64_t line = 0;  ///< Of the file (header = 1), or the item's place in JSON, from 1.
  Pan pan;
  std::optional<Instant> received_at;  ///< Only history imports may give one.
  ReportRevision report;  ///< Without card, iin, received_at, match_key, imported, content_hash.
};

using ReportItem = std::variant<ReportInput, RowError>;

/// The columns of a report file and the members of a report in JSON.
enum class ReportField : std::uint8_t {
  kIssuer,
  kReportId,
  kRevision,
  kAction,
  kPan,
  kExpiry,
  kAttemptedAt,
  kReportedAt,
  kReceivedAt,
  kAmount,
  kCurrency,
  kMcc,
  kCountry,
  kChannel,
  kApproved,
  kFraudType,
  kDisposition,
  kMember,
  kIncident,
};
inline constexpr std::size_t kReportFields = 19;

[[nodiscard]] std::string_view text(ReportField field) noexcept;  ///< "report_id" ...
[[nodiscard]] bool is_required(ReportField field) noexcept;

/// Texts of one report by field; empty = not given.
using ReportTexts = std::array<std::string_view, kReportFields>;

struct ReportLimits {
  /// When the reports came, for those that do not tell it. Refused with kTimestampRange: any time
  /// before 1990, one that an issuer tells more than 24 hours after the report was received, and a
  /// `received_at` more than kSkew after this.
  Instant received_at;
  static constexpr std::chrono::minutes kSkew{5};
};

/// One report from its texts. THREAD: safe.
[[nodiscard]] ReportItem read_report(std::uint64_t line,
                                     const ReportTexts& texts,
                                     const ReportLimits& limits);

/// Reads a CSV of reports. Required columns: issuer, report_id, revision, action, pan, reported_at,
/// fraud_type; the others of ReportField may be left out. THREAD: not safe.
class ReportRows {
 public:
  explicit ReportRows(ReportLimits limits, CsvReader::Limits csv = {});

  void feed(std::string_view chunk) { reader_.feed(chunk); }
  void finish() noexcept { reader_.finish(); }

  /// Like ExposureRows::next.
  [[nodiscard]] Result<std::optional<ReportItem>> next();

 private:
  [[nodiscard]] Status read_header();
  [[nodiscard]] ReportItem read_row() const;

  ReportLimits limits_;
  std::vector<ReportField> columns_;
  CsvReader reader_;
  CsvRow row_;
  std::optional<Error> refused_;
};

/// Reads reports from JSON: an array of objects, or {"reports": [...]}, with the members named as
/// the columns (revision may be a number, approved a boolean, amount text). One item for each
/// element. Fails as a whole with kJsonSyntax, kSchemaViolation (no array; more than `items_max`)
/// or kBodyTooLarge.
[[nodiscard]] Result<std::vector<ReportItem>> read_reports_json(std::string_view json,
                                                                const ReportLimits& limits,
                                                                std::size_t bytes_max,
                                                                std::size_t items_max = 100'000);

}  // namespace cw::codec
