#include "lib/base/assert.hpp"
#include "lib/codec/report_codec.hpp"
#include "matcher/engine/partition_state.hpp"

#include <algorithm>

namespace cw::matcher {
namespace {

std::string identity_of(const ExposureRecord& record) {
  return record.incident.get() + "/" + record.file.get() + "/" + std::to_string(record.record);
}

std::string identity_of(const ReportRevision& report) {
  return report.issuer.get() + "/" + report.report.get() + "/" + std::to_string(report.revision);
}

}  // namespace

CardInputs PartitionState::inputs_of(CardBlob card, std::string_view hashed) const {
  CardInputs inputs;
  const auto header = card.header();
  std::vector<AttributeView> attributes;
  ItemCursor cursor{card.items()};
  for (Item item; cursor.next(item);) {
    if (item.kind == ItemKind::kAnswer) {
      const auto added = inputs.add(read_answer(item.body, header.card, symbols_));
      CW_ASSERT(added && added.value() == CardInputs::Added::kNew);
    } else if (item.kind == ItemKind::kReport) {
      auto report = to_report(read_report(item.body, header.card, header.iin, symbols_));
      if (!hashed.empty() && item.body.starts_with(hashed)) {
        report.content_hash = codec::content_hash(report);
      }
      const auto added = inputs.add(std::move(report));
      CW_ASSERT(added && added.value() == CardInputs::Added::kNew);
    } else {
      const auto stored = read_exposure(item.body, header.iin);
      const auto added =
          inputs.add(to_exposure(matcher::view_of(stored, header.card, symbols_, attributes)));
      CW_ASSERT(added && added.value() == CardInputs::Added::kNew);
    }
  }
  return inputs;
}

template <class Record>
Status PartitionState::fold_generally(Record record,
                                      CardHeader header,
                                      std::size_t source,
                                      MatchOutput* output) {
  std::string key;
  if constexpr (std::is_same_v<Record, ReportRevision>) {
    record.content_hash = codec::content_hash(record);
    key = report_key(writer_.body());
  }
  const auto card = cards_.find(header.card);
  auto inputs = card ? inputs_of(*card, key) : CardInputs{};
  CardResult before;
  if (output != nullptr) before = derive(inputs, plan_->control());
  const auto identity = identity_of(record);
  const auto added = inputs.add(std::move(record));
  if (!added) return output == nullptr ? Status{Ok{}} : output->refused(source, added.error());
  if (added.value() == CardInputs::Added::kRepeat) return Ok{};
  if (output == nullptr) {
    note_hints(header, inputs, nullptr);
    rewrite(header, inputs);
    return Ok{};
  }
  if (added.value() == CardInputs::Added::kConflict) {
    const Error conflict{Errc::kConflict, identity + " came with other content"};
    if (auto status = output->refused(source, conflict); !status) return status;
  }
  const auto after = derive(inputs, plan_->control());
  note_hints(header, inputs, &after);
  rewrite(header, inputs);
  return put_difference(before, after, *output);
}

template Status PartitionState::fold_generally(ReportRevision,
                                               CardHeader,
                                               std::size_t,
                                               MatchOutput*);
template Status PartitionState::fold_generally(ExposureRecord,
                                               CardHeader,
                                               std::size_t,
                                               MatchOutput*);

Status PartitionState::put_difference(const CardResult& before,
                                      const CardResult& after,
                                      MatchOutput& output) {
  const auto change = difference(before, after);
  for (const auto& fact : change.retracted) {
    if (auto status = output.retracted(cw::view_of(fact)); !status) return status;
  }
  for (const auto& fact : change.changed) {
    if (auto status = output.changed(cw::view_of(fact)); !status) return status;
  }
  for (const auto& watch : change.watch) {
    if (auto status = output.watch(watch); !status) return status;
  }
  return Ok{};
}

void PartitionState::rewrite(CardHeader header, const CardInputs& inputs) {
  items_.clear();
  std::vector<AttributeView> attributes;
  for (const auto& record : inputs.exposures()) {
    items_ += writer_.write(cw::view_of(record, attributes), header.iin);
  }
  for (const auto& report : inputs.reports()) {
    items_ += writer_.write(cw::view_of(report), header.iin);
  }
  header.released = 0;
  for (const auto& answer : inputs.answers()) {
    items_ += writer_.write(answer);
    if (releases(answer.status)) header.released = 1;
  }
  const bool exposed_now = header.exposures == 0 && !inputs.exposures().empty();
  header.exposures = static_cast<std::uint16_t>(inputs.exposures().size());
  header.reports = static_cast<std::uint16_t>(inputs.reports().size());
  if (exposed_now && is_unassigned(header, *plan_)) ++unassigned_change_;
  cards_.replace(header, items_);
}

// A report whose newest fact is attributable has made the card reported without a break since that
// fact, whatever control said meanwhile: nothing that starts later can change the entry.
void PartitionState::note_hints(CardHeader& header,
                                const CardInputs& inputs,
                                const CardResult* result) {
  header.maybe_attributable = 1;
  header.fraud_from = CardHeader::kNever;
  if (result == nullptr) return;
  const auto& facts = result->facts;
  header.maybe_attributable =
      std::any_of(facts.begin(), facts.end(), [](const Fact& fact) { return fact.attributable; })
          ? 1
          : 0;
  const auto& exposures = inputs.exposures();
  if (exposures.empty() || exposures.front().incident != exposures.back().incident) return;
  for (auto fact = facts.begin(); fact != facts.end(); ++fact) {
    const auto next = std::next(fact);
    const bool newest = next == facts.end() || next->id.incident != fact->id.incident ||
                        next->id.issuer != fact->id.issuer || next->id.report != fact->id.report;
    if (!newest || !fact->attributable) continue;
    if (fact->id.incident != exposures.front().incident) continue;
    header.fraud_from = std::min(header.fraud_from, CardHeader::second_from(fact->id.known_from));
  }
}

}  // namespace cw::matcher
