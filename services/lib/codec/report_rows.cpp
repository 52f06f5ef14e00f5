#include "lib/codec/report_rows.hpp"

#include "lib/codec/report_times.hpp"
#include "lib/codec/row_parts.hpp"

#include <charconv>
#include <limits>

namespace cw::codec {
namespace {

struct FieldRow {
  std::string_view name;
  bool required;
};

/// By ReportField.
constexpr std::array<FieldRow, kReportFields> kFields{{
    {"issuer", true},       {"report_id", true}, {"revision", true},      {"action", true},
    {"pan", true},          {"expiry", false},   {"attempted_at", false}, {"reported_at", true},
    {"received_at", false}, {"amount", false},   {"currency", false},     {"mcc", false},
    {"country", false},     {"channel", false},  {"approved", false},     {"fraud_type", true},
    {"disposition", false}, {"member", false},   {"incident", false},
}};

constexpr std::size_t kMemberBytesMax = 1024;
constexpr std::size_t kChannelBytesMax = 64;

/// Reads one report's texts; the first error stands.
class ReportReader {
 public:
  ReportReader(std::uint64_t line, const ReportTexts& texts, const ReportLimits& limits)
      : line_(line), texts_(texts), limits_(limits) {}

  [[nodiscard]] ReportItem read() {
    check_all();
    ReportRevision report;
    report.issuer = IssuerId{id(ReportField::kIssuer)};
    report.report = ReportId{id(ReportField::kReportId)};
    report.revision = revision();
    report.action = code(ReportField::kAction, action_from).value_or(ReportAction::kNewf);
    auto pan = Pan::parse(at(ReportField::kPan));
    if (!pan) fail(ReportField::kPan, pan.error().code, pan.error().detail);
    read_instants(report);
    read_details(report);
    const auto received_at = instant(ReportField::kReceivedAt);
    check_times(report, received_at);
    if (pan) check_pan_elsewhere(pan.value());
    if (error_) return *std::move(error_);
    return ReportInput{.line = line_,
                       .pan = std::move(pan).value(),
                       .received_at = received_at,
                       .report = std::move(report)};
  }

 private:
  [[nodiscard]] std::string_view at(ReportField field) const {
    return texts_[static_cast<std::size_t>(field)];
  }

  void fail(ReportField field, Errc code, std::string detail) {
    if (!error_) error_ = row_error(line_, text(field), code, std::move(detail));
  }

  void check_all() {
    for (std::size_t i = 0; i < kReportFields && !error_; ++i) {
      const auto field = static_cast<ReportField>(i);
      error_ = check_text(line_, text(field), at(field));
      if (is_required(field) && at(field).empty()) fail(field, Errc::kFieldMissing, "empty");
    }
  }

  [[nodiscard]] std::string id(ReportField field) {
    const std::string_view value = at(field);
    if (!value.empty() && !is_id(value)) {
      fail(field,
           Errc::kCodeInvalid,
           "not an id: 1 to 64 letters, digits, dots, underscores, hyphens");
    }
    return std::string(value);
  }

  [[nodiscard]] std::uint32_t revision() {
    const std::string_view value = at(ReportField::kRevision);
    std::int32_t number = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (code != std::errc{} || end != value.data() + value.size() || number < 1) {
      fail(ReportField::kRevision, Errc::kRevisionInvalid, "not a whole number from 1 upwards");
      return 1;
    }
    return static_cast<std::uint32_t>(number);
  }

  template <class From>
  [[nodiscard]] auto code(ReportField field, From from) -> decltype(from(std::string_view{})) {
    const auto found = from(at(field));
    if (!found && !at(field).empty()) {
      fail(field, Errc::kCodeInvalid, "not one of the codes of the schema");
    }
    return found;
  }

  [[nodiscard]] std::optional<Instant> instant(ReportField field) {
    if (at(field).empty()) return {};
    auto parsed = parse_instant(at(field));
    if (!parsed) {
      fail(field, Errc::kTimestampInvalid, parsed.error().detail);
      return {};
    }
    if (parsed.value() < kEarliestTime) fail(field, Errc::kTimestampRange, "a time before 1990");
    return parsed.value();
  }

  void read_instants(ReportRevision& report) {
    report.attempted_at = instant(ReportField::kAttemptedAt);
    report.reported_at = instant(ReportField::kReportedAt).value_or(Instant{});
    if (at(ReportField::kExpiry).empty()) return;
    auto expiry = Expiry::parse(at(ReportField::kExpiry));
    if (!expiry) {
      fail(ReportField::kExpiry, Errc::kExpiryInvalid, "not a month as YYYY-MM");
      return;
    }
    report.expiry = expiry.value();
  }

  void check_times(const ReportRevision& report, const std::optional<Instant>& told) {
    if (told && *told > limits_.received_at + ReportLimits::kSkew) {
      fail(ReportField::kReceivedAt, Errc::kTimestampRange, "a time in the future");
    }
    const Instant latest = told.value_or(limits_.received_at) + kTimeLead;
    constexpr std::string_view kLate = "more than 24 hours after the report was received";
    if (report.attempted_at && *report.attempted_at > latest) {
      fail(ReportField::kAttemptedAt, Errc::kTimestampRange, std::string(kLate));
    }
    if (report.reported_at > latest) {
      fail(ReportField::kReportedAt, Errc::kTimestampRange, std::string(kLate));
    }
  }

  [[nodiscard]] std::optional<std::string> format(ReportField field,
                                                  bool (*holds)(std::string_view) noexcept,
                                                  Errc code) {
    const std::string_view value = at(field);
    if (value.empty()) return {};
    if (!holds(value)) fail(field, code, "not in the format of the schema");
    return std::string(value);
  }

  [[nodiscard]] std::optional<std::string> free_text(ReportField field, std::size_t bytes_max) {
    const std::string_view value = at(field);
    if (value.empty()) return {};
    if (value.size() > bytes_max) {
      fail(field, Errc::kFieldTooLong, "more than " + std::to_string(bytes_max) + " bytes");
    }
    return std::string(value);
  }

  [[nodiscard]] std::optional<bool> approved() {
    const std::string_view value = at(ReportField::kApproved);
    if (value.empty()) return {};
    if (value != "true" && value != "false") {
      fail(ReportField::kApproved, Errc::kCodeInvalid, "neither true nor false");
    }
    return value == "true";
  }

  void read_details(ReportRevision& report) {
    report.amount = format(ReportField::kAmount, is_amount, Errc::kAmountInvalid);
    report.currency = format(ReportField::kCurrency, is_currency, Errc::kCodeInvalid);
    report.mcc = format(ReportField::kMcc, is_mcc, Errc::kCodeInvalid);
    report.country = format(ReportField::kCountry, is_country, Errc::kCodeInvalid);
    report.channel = free_text(ReportField::kChannel, kChannelBytesMax);
    report.approved = approved();
    report.fraud_type = code(ReportField::kFraudType, fraud_type_from).value_or(FraudType::kOther);
    report.disposition = code(ReportField::kDisposition, disposition_from);
    report.member = free_text(ReportField::kMember, kMemberBytesMax);
    if (!at(ReportField::kIncident).empty()) {
      report.incident = IncidentId{id(ReportField::kIncident)};
    }
  }

  /// A number copied into another column would leave intake in clear.
  void check_pan_elsewhere(const Pan& pan) {
    for (std::size_t i = 0; i < kReportFields; ++i) {
      const auto field = static_cast<ReportField>(i);
      if (field == ReportField::kPan || !holds_pan(at(field), pan)) continue;
      fail(field, Errc::kSensitiveData, "the field repeats the card number");
    }
  }

  std::uint64_t line_;
  const ReportTexts& texts_;
  const ReportLimits& limits_;
  std::optional<RowError> error_;
};

}  // namespace

std::string_view text(ReportField field) noexcept {
  return kFields[static_cast<std::size_t>(field)].name;
}

bool is_required(ReportField field) noexcept {
  return kFields[static_cast<std::size_t>(field)].required;
}

ReportItem read_report(std::uint64_t line, const ReportTexts& texts, const ReportLimits& limits) {
  return ReportReader(line, texts, limits).read();
}

ReportRows::ReportRows(ReportLimits limits, CsvReader::Limits csv)
    : limits_(limits), reader_(csv) {}

Result<std::optional<ReportItem>> ReportRows::next() {
  if (!refused_ && columns_.empty()) {
    if (!reader_.next(row_)) {
      if (!reader_.at_end()) return std::optional<ReportItem>{};
      refused_ = Error{Errc::kMissingColumn, "the file is empty: it has no header line"};
    } else if (Status status = read_header(); !status) {
      refused_ = std::move(status).error();
    }
  }
  if (refused_) return *refused_;
  if (!reader_.next(row_)) return std::optional<ReportItem>{};
  return std::optional<ReportItem>{read_row()};
}

Status ReportRows::read_header() {
  if (row_.error()) return *row_.error();
  HeaderRules rules;
  for (const FieldRow& field : kFields) {
    rules.known.push_back(field.name);
    if (field.required) rules.required.push_back(field.name);
  }
  if (Status status = check_header(row_, rules); !status) return status;
  for (std::size_t i = 0; i < row_.size(); ++i) {
    std::size_t field = 0;
    while (kFields[field].name != trimmed(row_[i])) ++field;
    columns_.push_back(static_cast<ReportField>(field));
  }
  return Ok{};
}

ReportItem ReportRows::read_row() const {
  if (auto error = check_shape(row_, columns_.size())) return *std::move(error);
  ReportTexts texts{};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    texts[static_cast<std::size_t>(columns_[i])] = trimmed(row_[i]);
  }
  return read_report(row_.line(), texts, limits_);
}

}  // namespace cw::codec
