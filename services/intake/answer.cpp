#include "intake/answer.hpp"

#include "lib/codec/json_writer.hpp"

namespace cw::intake {
namespace {

void write_errors(codec::JsonWriter& writer, const RowTally& rows) {
  writer.begin_array("errors");
  for (const auto& refusal : rows.errors()) {
    writer.begin_object().number("line", refusal.line);
    if (!refusal.column.empty()) writer.string("column", refusal.column);
    writer.string("code", name(refusal.error.code));
    writer.string("detail", refusal.error.detail).end_object();
  }
  writer.end_array().boolean("errors_more", rows.has_more_errors());
}

}  // namespace

std::string_view text(ExposureAnswer::State state) noexcept {
  switch (state) {
    case ExposureAnswer::State::kLoaded:
      return "loaded";
    case ExposureAnswer::State::kAlreadyLoaded:
      return "already_loaded";
    case ExposureAnswer::State::kRefused:
      break;
  }
  return "refused";
}

void RowTally::refuse(const codec::RowError& error) {
  ++refused_;
  if (errors_.size() < errors_max_) errors_.push_back(error);
}

std::string ExposureAnswer::json() const {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("status", text(state)).string("upload", upload);
  writer.number("records", rows.accepted()).number("refused", rows.refused());
  writer.string("sha256", sha256);
  write_errors(writer, rows);
  writer.end_object();
  return out;
}

std::string ReportAnswer::json() const {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("upload", upload);
  writer.number("accepted", rows.accepted()).number("refused", rows.refused());
  write_errors(writer, rows);
  writer.end_object();
  return out;
}

}  // namespace cw::intake
