#include "lib/codec/object_reader.hpp"
#include "lib/codec/report_rows.hpp"
#include "lib/codec/row_parts.hpp"

#include <charconv>

namespace cw::codec {
namespace {

std::optional<ReportField> field_from(std::string_view name) {
  for (std::size_t i = 0; i < kReportFields; ++i) {
    if (text(static_cast<ReportField>(i)) == name) return static_cast<ReportField>(i);
  }
  return {};
}

/// The members of one JSON report as the texts that a CSV row would have.
class ItemReader {
 public:
  ItemReader(std::uint64_t place, const ReportLimits& limits) : place_(place), limits_(limits) {}

  [[nodiscard]] ReportItem read(const Node& item) {
    if (!item.IsObject()) {
      return row_error(place_, "", Errc::kSchemaViolation, "not an object");
    }
    for (const auto& member : item.GetObject()) {
      if (auto error = take(view(member.name), member.value)) return *std::move(error);
    }
    return read_report(place_, texts_, limits_);
  }

 private:
  [[nodiscard]] std::optional<RowError> take(std::string_view name, const Node& value) {
    if (is_sensitive_column(name)) {
      return row_error(
          place_,
          "",
          Errc::kSensitiveData,
          "the member " + printable_name(name) + " names sensitive authentication data");
    }
    const auto field = field_from(name);
    if (!field) {
      return row_error(
          place_, "", Errc::kUnknownColumn, "the member " + printable_name(name) + " is unknown");
    }
    std::string_view& place = texts_[static_cast<std::size_t>(*field)];
    if (!place.empty()) {
      return row_error(place_, name, Errc::kDuplicateColumn, "the member stands there twice");
    }
    if (value.IsNull()) return {};
    if (value.IsString()) {
      place = trimmed(view(value));
      return {};
    }
    if (*field == ReportField::kRevision && value.IsUint()) {
      const auto end =
          std::to_chars(revision_.data(), revision_.data() + revision_.size(), value.GetUint());
      place = {revision_.data(), static_cast<std::size_t>(end.ptr - revision_.data())};
      return {};
    }
    if (*field == ReportField::kApproved && value.IsBool()) {
      place = value.GetBool() ? "true" : "false";
      return {};
    }
    return row_error(place_, name, wrong_type(*field), "a value of another type than text");
  }

  static Errc wrong_type(ReportField field) {
    if (field == ReportField::kAmount) return Errc::kAmountInvalid;
    if (field == ReportField::kRevision) return Errc::kRevisionInvalid;
    return Errc::kSchemaViolation;
  }

  std::uint64_t place_;
  const ReportLimits& limits_;
  ReportTexts texts_{};
  std::array<char, 16> revision_{};
};

const Node* list_of(const Node& root) {
  if (root.IsArray()) return &root;
  if (!root.IsObject() || root.MemberCount() != 1) return nullptr;
  const Node* list = find(root, "reports");
  return list != nullptr && list->IsArray() ? list : nullptr;
}

}  // namespace

Result<std::vector<ReportItem>> read_reports_json(std::string_view json,
                                                  const ReportLimits& limits,
                                                  std::size_t bytes_max,
                                                  std::size_t items_max) {
  Dom dom;
  if (Status parsed = dom.parse(json, bytes_max); !parsed) return std::move(parsed).error();
  const Node* list = list_of(dom.root());
  if (list == nullptr) {
    return Error{Errc::kSchemaViolation,
                 "wanted an array of reports, or {\"reports\": [...]} and nothing else"};
  }
  if (list->Size() > items_max) {
    return Error{Errc::kSchemaViolation,
                 "more than " + std::to_string(items_max) + " reports in one document"};
  }
  std::vector<ReportItem> items;
  items.reserve(list->Size());
  for (const Node& item : list->GetArray()) {
    items.push_back(ItemReader(items.size() + 1, limits).read(item));
  }
  return items;
}

}  // namespace cw::codec
