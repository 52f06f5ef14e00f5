#include "cli/verify/fact_fields.hpp"

#include "lib/base/assert.hpp"

#include <utility>

namespace cw::cli {
namespace {

using Show = FieldText::Show;

std::string flag(bool value) {
  return value ? "true" : "false";
}

std::string reason_text(const WatchReason& reason) {
  return reason.incident.get() + "/" + reason.file.get() + "=" + std::string(text(reason.level)) +
         " scope " + std::to_string(reason.scope_revision) + " since " + format_day(reason.since) +
         " at risk " + format_day(reason.at_risk_from) + ".." + format_day(reason.at_risk_to);
}

std::string reasons_text(const std::vector<WatchReason>& reasons) {
  std::string all;
  for (const auto& reason : reasons) all += (all.empty() ? "" : ", ") + reason_text(reason);
  return all;
}

/// With its length, so that no two lists of fields have the same text.
void append_counted(std::string& out, std::string_view part) {
  out += std::to_string(part.size());
  out += ':';
  out += part;
}

}  // namespace

FieldTexts fields_of(const Fact& fact) {
  return {
      {"incident", fact.id.incident.get()},
      {"issuer", fact.id.issuer.get()},
      {"report_id", fact.id.report.get()},
      {"known_from", format_instant(fact.id.known_from)},
      {"card", fact.card.hex()},
      {"revision", std::to_string(fact.revision)},
      {"card_issuer", fact.card_issuer.get()},
      {"outcome", std::string(text(fact.outcome))},
      {"active", flag(fact.active)},
      {"attributable", flag(fact.attributable)},
      {"scope_revision", std::to_string(fact.scope_revision)},
      {"member", fact.member.value_or(""), Show::kNameOnly},
      {"reported_at", format_instant(fact.reported_at)},
      {"received_at", format_instant(fact.received_at)},
      {"disposition", fact.disposition ? std::string(text(*fact.disposition)) : ""},
      {"fraud_type", std::string(text(fact.fraud_type))},
      {"approved", fact.approved ? flag(*fact.approved) : ""},
      {"imported", flag(fact.imported)},
  };
}

FieldTexts fields_of(const WatchEntry& entry) {
  return {
      {"issuer", entry.issuer.get()},
      {"card", entry.card.hex()},
      {"level", std::string(text(entry.level))},
      {"expiry", entry.expiry.text()},
      {"sealed", entry.sealed_pan, Show::kNameOnly},
      {"key", entry.file_key, Show::kNameOnly},
      {"watch_from", format_day(entry.watch_from)},
      {"incidents", reasons_text(entry.reasons)},
  };
}

crypto::Sha256Digest hash_of(const FieldTexts& fields) {
  std::string all;
  for (const auto& field : fields) {
    append_counted(all, field.name);
    append_counted(all, field.text);
  }
  return crypto::sha256(all);
}

std::vector<FieldDifference> differing(const FieldTexts& expected, const FieldTexts& emitted) {
  CW_ASSERT(expected.size() == emitted.size());
  std::vector<FieldDifference> out;
  for (std::size_t at = 0; at < expected.size(); ++at) {
    if (expected[at].text == emitted[at].text) continue;
    FieldDifference found{expected[at].name};
    if (expected[at].show == Show::kYes) {
      found.expected = expected[at].text;
      found.emitted = emitted[at].text;
    }
    out.push_back(std::move(found));
  }
  return out;
}

}  // namespace cw::cli
