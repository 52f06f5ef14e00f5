#include "cli/acceptance/acceptance_view.hpp"

#include "lib/codec/json_writer.hpp"

namespace cw::cli {

Table acceptance_table(const AcceptanceReport& report) {
  Table table({{"check"}, {"result"}, {"ms", Align::kRight}, {"what"}});
  for (const CheckOutcome& outcome : report.outcomes) {
    const bool run = outcome.result != CheckResult::kNotRun;
    table.add({std::string(outcome.check->id),
               std::string(text(outcome.result)),
               run ? std::to_string(outcome.took.count()) : "-",
               std::string(outcome.check->about)});
  }
  return table;
}

std::string acceptance_summary(const AcceptanceReport& report) {
  std::string out;
  bool not_run_told = false;
  for (const CheckOutcome& outcome : report.outcomes) {
    if (outcome.result == CheckResult::kFailed) {
      out.append(outcome.check->id).append(": ").append(outcome.why).append("\n");
      out.append("  to mend it: ").append(outcome.check->mend).append("\n");
    } else if (outcome.result == CheckResult::kNotRun && !not_run_told) {
      out.append("not run: ").append(outcome.why).append("\n");
      not_run_told = true;
    }
  }
  out += std::to_string(report.count(CheckResult::kPassed)) + " passed, " +
         std::to_string(report.count(CheckResult::kFailed)) + " failed, " +
         std::to_string(report.count(CheckResult::kNotRun)) + " not run";
  return out;
}

std::string acceptance_json(const AcceptanceReport& report) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().string("issuer", report.issuer).string("url", report.url);
  writer.number("epoch", report.epoch).boolean("accepted", report.passed());
  writer.begin_array("checks");
  for (const CheckOutcome& outcome : report.outcomes) {
    writer.begin_object().string("id", outcome.check->id);
    writer.string("result", text(outcome.result)).string("about", outcome.check->about);
    writer.number("milliseconds", std::int64_t{outcome.took.count()});
    if (outcome.result != CheckResult::kPassed) writer.string("why", outcome.why);
    if (outcome.result == CheckResult::kFailed) writer.string("mend", outcome.check->mend);
    writer.end_object();
  }
  writer.end_array().end_object();
  return out;
}

}  // namespace cw::cli
