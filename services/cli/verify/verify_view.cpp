#include "cli/verify/verify_view.hpp"

#include "lib/codec/json_writer.hpp"

#include <numeric>

namespace cw::cli {
namespace {

std::string number(std::uint64_t value) {
  return grouped(static_cast<std::int64_t>(value));
}

std::string number(std::int64_t value) {
  return value < 0 ? "-" : grouped(value);
}

template <class Get>
std::uint64_t sum(const VerifyReport& report, Get get) {
  return std::accumulate(
      report.partitions.begin(),
      report.partitions.end(),
      std::uint64_t{0},
      [&](std::uint64_t total, const PartitionOutcome& one) { return total + get(one); });
}

SetDigest total_digest(const VerifyReport& report, SetDigest ComparisonResult::*which) {
  SetDigest total;
  for (const auto& one : report.partitions) {
    total.facts.add_all((one.comparison.*which).facts);
    total.entries.add_all((one.comparison.*which).entries);
  }
  return total;
}

std::string fields_text(const Finding& finding) {
  std::string all;
  for (const auto& field : finding.fields) {
    all += all.empty() ? "" : "; ";
    all += field.name;
    if (field.expected.empty() && field.emitted.empty()) continue;
    all += " is '" + field.emitted + "', should be '" + field.expected + "'";
  }
  return all;
}

bool is_fact(const Finding& finding) {
  return finding.kind <= FindingKind::kDifferentFact;
}

void write_finding(codec::JsonWriter& out, const Finding& finding, std::int32_t partition) {
  out.begin_object().string("kind", text(finding.kind)).string("card", finding.card.hex());
  out.number("partition", partition).string("issuer", finding.fact.issuer.get());
  if (is_fact(finding)) {
    out.string("incident", finding.fact.incident.get());
    out.string("report_id", finding.fact.report.get());
    out.string("known_from", format_instant(finding.fact.known_from));
  }
  out.begin_array("fields");
  for (const auto& field : finding.fields) {
    out.begin_object().string("name", field.name);
    if (!field.expected.empty() || !field.emitted.empty()) {
      out.string("expected", field.expected).string("emitted", field.emitted);
    }
    out.end_object();
  }
  out.end_array().end_object();
}

void write_digest(codec::JsonWriter& out, std::string_view name, const SetDigest& digest) {
  out.begin_object(name);
  out.number("facts", digest.facts.count()).string("facts_digest", digest.facts.hex());
  out.number("entries", digest.entries.count()).string("entries_digest", digest.entries.hex());
  out.end_object();
}

void write_counts(codec::JsonWriter& out, const ComparisonResult::Counts& counts) {
  out.begin_object("differences");
  for (std::size_t at = 0; at < counts.size(); ++at) {
    out.number(text(static_cast<FindingKind>(at)), counts[at]);
  }
  out.end_object();
}

void write_places(codec::JsonWriter& out,
                  std::string_view name,
                  const std::vector<std::string>& places) {
  out.begin_array(name);
  for (const auto& place : places) out.string(place);
  out.end_array();
}

void write_partition(codec::JsonWriter& out, const PartitionOutcome& one) {
  out.begin_object().number("partition", one.partition);
  out.begin_object("inputs");
  for (std::size_t at = 0; at < kInputTopics.size(); ++at) {
    out.begin_object(kInputTopics[at]).number("committed", one.committed[at]);
    out.number("end", one.ends[at]).end_object();
  }
  out.end_object().number("matches_end", one.matches_end);
  out.number("cards", one.comparison.cards).number("left_out", one.left_out);
  out.number("unusable_inputs", one.inputs.unusable);
  out.number("facts_written", one.outputs.facts);
  out.number("facts_repeated", one.outputs.facts_repeated);
  out.number("entries_written", one.outputs.entries);
  out.number("entries_repeated", one.outputs.entries_repeated);
  out.number("unreadable_outputs", one.outputs.unreadable);
  write_places(out, "facts_repeated_at", one.repeated_at);
  write_places(out, "unreadable_outputs_at", one.unreadable_at);
  write_digest(out, "expected", one.comparison.expected);
  write_digest(out, "emitted", one.comparison.emitted);
  write_counts(out, one.comparison.counts);
  out.end_object();
}

std::string_view text(RepairState state) {
  switch (state) {
    case RepairState::kNotAsked:
      break;
    case RepairState::kDryRun:
      return "dry_run";
    case RepairState::kWritten:
      return "written";
  }
  return "not_asked";
}

std::string repair_text(const VerifyReport& report) {
  const auto& repair = report.repair;
  const std::string what = number(repair.facts) + " facts, " + number(repair.retractions) +
                           " retractions and " + number(repair.watch_changes) + " watch changes";
  if (report.repair_state == RepairState::kWritten) return "repair: wrote " + what + "\n";
  if (repair.all() == 0) return "repair: nothing to write\n";
  return "repair: would write " + what + "; add --yes to do it\n";
}

std::string digest_line(std::string_view what,
                        const crypto::FeedDigest& expected,
                        const crypto::FeedDigest& emitted) {
  std::string line = std::string(what) + grouped(expected.count()) + "  digest " + expected.hex();
  if (emitted == expected) return line + "\n";
  return line + "\n         emitted: " + grouped(emitted.count()) + "  digest " + emitted.hex() +
         "\n";
}

}  // namespace

std::uint64_t VerifyReport::differences() const noexcept {
  return sum(*this, [](const PartitionOutcome& one) { return one.comparison.differences(); });
}

std::uint64_t VerifyReport::left_out() const noexcept {
  return sum(*this, [](const PartitionOutcome& one) { return one.left_out; });
}

Table partitions_table(const VerifyReport& report) {
  Table table({{"partition", Align::kRight},
               {"exposures to", Align::kRight},
               {"reports to", Align::kRight},
               {"control to", Align::kRight},
               {"answers to", Align::kRight},
               {"cards", Align::kRight},
               {"left out", Align::kRight},
               {"facts", Align::kRight},
               {"entries", Align::kRight},
               {"differences", Align::kRight}});
  for (const auto& one : report.partitions) {
    table.add({std::to_string(one.partition),
               number(one.committed[0]),
               number(one.committed[1]),
               number(one.committed[2]),
               number(one.committed[3]),
               number(one.comparison.cards),
               number(one.left_out),
               number(one.comparison.expected.facts.count()),
               number(one.comparison.expected.entries.count()),
               number(one.comparison.differences())});
  }
  return table;
}

Table findings_table(const VerifyReport& report) {
  Table table({{"difference"},
               {"card"},
               {"partition", Align::kRight},
               {"issuer"},
               {"incident"},
               {"report"},
               {"known from"},
               {"fields"}});
  for (const auto& one : report.partitions) {
    for (const auto& finding : one.comparison.findings) {
      const auto& fact = finding.fact;
      table.add({std::string(text(finding.kind)),
                 finding.card.hex(),
                 std::to_string(one.partition),
                 fact.issuer.get(),
                 is_fact(finding) ? fact.incident.get() : "",
                 fact.report.get(),
                 is_fact(finding) ? format_instant(fact.known_from) : "",
                 fields_text(finding)});
    }
  }
  return table;
}

std::string summary_text(const VerifyReport& report) {
  const auto expected = total_digest(report, &ComparisonResult::expected);
  const auto emitted = total_digest(report, &ComparisonResult::emitted);
  std::string lines = digest_line("facts    ", expected.facts, emitted.facts) +
                      digest_line("entries  ", expected.entries, emitted.entries);
  if (const auto left = report.left_out(); left > 0) {
    lines += number(left) +
             " cards left out: the matcher went on with them meanwhile, so this digest is of "
             "the others\n";
  }
  const auto repeated = sum(report, [](const auto& one) { return one.outputs.facts_repeated; }) +
                        sum(report, [](const auto& one) { return one.outputs.entries_repeated; });
  if (repeated > 0) lines += number(repeated) + " facts or entries were written again unchanged\n";
  const auto unreadable = sum(report, [](const auto& one) { return one.outputs.unreadable; });
  if (unreadable > 0) lines += number(unreadable) + " output records cannot be read by anyone\n";
  if (report.repair_state != RepairState::kNotAsked) lines += repair_text(report);
  const auto differences = report.differences();
  return lines + (differences == 0 ? "equal\n" : number(differences) + " differences\n");
}

std::string verify_json(const VerifyReport& report) {
  std::string json;
  codec::JsonWriter out(json);
  out.begin_object().boolean("equal", report.differences() == 0);
  out.boolean("complete", report.left_out() == 0);
  out.number("differences", report.differences()).number("left_out", report.left_out());
  write_digest(out, "expected", total_digest(report, &ComparisonResult::expected));
  write_digest(out, "emitted", total_digest(report, &ComparisonResult::emitted));
  out.begin_object("repair").string("state", text(report.repair_state));
  out.number("facts", report.repair.facts).number("retractions", report.repair.retractions);
  out.number("watch_changes", report.repair.watch_changes).end_object();
  out.begin_array("partitions");
  for (const auto& one : report.partitions) write_partition(out, one);
  out.end_array().begin_array("findings");
  for (const auto& one : report.partitions) {
    for (const auto& finding : one.comparison.findings) write_finding(out, finding, one.partition);
  }
  out.end_array().end_object();
  return json;
}

}  // namespace cw::cli
