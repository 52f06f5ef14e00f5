#include "lib/codec/exposure_rows.hpp"

#include "lib/codec/limits.hpp"
#include "lib/codec/row_parts.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

constexpr std::string_view kPan = "pan";
constexpr std::string_view kExpiry = "expiry";
constexpr std::string_view kMember = "member";

}  // namespace

ExposureRows::ExposureRows(std::vector<std::string> attributes, CsvReader::Limits limits)
    : declared_(std::move(attributes)), reader_(limits) {}

Result<std::optional<ExposureItem>> ExposureRows::next() {
  if (!refused_ && columns_.empty()) {
    if (!reader_.next(row_)) {
      if (!reader_.at_end()) return std::optional<ExposureItem>{};
      refused_ = Error{Errc::kMissingColumn, "the file is empty: it has no header line"};
    } else if (Status status = read_header(); !status) {
      refused_ = std::move(status).error();
    }
  }
  if (refused_) return *refused_;
  if (!reader_.next(row_)) return std::optional<ExposureItem>{};
  ++record_;
  return std::optional<ExposureItem>{read_row()};
}

Status ExposureRows::read_header() {
  if (row_.error()) return *row_.error();
  HeaderRules rules{{kPan, kExpiry, kMember}, {kPan, kExpiry}};
  rules.known.insert(rules.known.end(), declared_.begin(), declared_.end());
  if (Status status = check_header(row_, rules); !status) return status;
  for (std::size_t i = 0; i < row_.size(); ++i) {
    const std::string_view name = trimmed(row_[i]);
    using Role = Column::Role;
    Role role = Role::kAttribute;
    if (name == kPan) role = Role::kPan;
    if (name == kExpiry) role = Role::kExpiry;
    if (name == kMember) role = Role::kMember;
    columns_.push_back({role, std::string(name)});
  }
  return Ok{};
}

ExposureItem ExposureRows::read_row() const {
  const std::uint64_t line = row_.line();
  if (auto error = check_shape(row_, columns_.size())) return *std::move(error);
  std::string_view pan_text;
  std::string_view expiry_text;
  std::optional<std::string> member;
  Attributes attributes;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const std::string_view value = trimmed(row_[i]);
    if (auto error = check_text(line, column.name, value)) return *std::move(error);
    if (column.role == Column::Role::kPan) pan_text = value;
    if (column.role == Column::Role::kExpiry) expiry_text = value;
    if (column.role == Column::Role::kMember && !value.empty()) member = std::string(value);
    if (column.role == Column::Role::kAttribute && !value.empty()) {
      attributes.emplace_back(column.name, value);
    }
  }
  if (pan_text.empty()) return row_error(line, kPan, Errc::kFieldMissing, "empty");
  auto pan = Pan::parse(pan_text);
  if (!pan) return RowError{line, std::string(kPan), std::move(pan).error()};
  if (expiry_text.empty()) return row_error(line, kExpiry, Errc::kFieldMissing, "empty");
  auto expiry = Expiry::parse(expiry_text);
  if (!expiry) {
    return row_error(line, kExpiry, Errc::kExpiryInvalid, "not a month as YYYY-MM");
  }
  for (const auto& [name, value] : attributes) {
    if (!holds_pan(value, pan.value())) continue;
    return row_error(line, name, Errc::kSensitiveData, "the field repeats the card number");
  }
  if (member && holds_pan(*member, pan.value())) {
    return row_error(line, kMember, Errc::kSensitiveData, "the field repeats the card number");
  }
  std::sort(attributes.begin(), attributes.end());
  return ExposureRow{.line = line,
                     .record = record_,
                     .pan = std::move(pan).value(),
                     .expiry = expiry.value(),
                     .attributes = std::move(attributes),
                     .member = std::move(member)};
}

}  // namespace cw::codec
