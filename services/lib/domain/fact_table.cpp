#include "lib/domain/fact_table.hpp"

#include <algorithm>
#include <string_view>

namespace cw {
namespace {

constexpr auto kNone = TextIds::kNone;

std::string_view bytes_of(const CardRef& card) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters.
  return {reinterpret_cast<const char*>(card.bytes.data()), card.bytes.size()};
}

}  // namespace

FactRow FactTable::row_of(const FactView& fact) {
  FactTraits traits{fact.outcome, fact.active, fact.attributable};
  traits.set_disposition(fact.disposition);
  traits.set_approved(fact.approved);
  traits.set_fraud_type(fact.fraud_type);
  traits.set_imported(fact.imported);
  const auto issuer = names_.issuers.add(0, fact.issuer);
  FactRow row;
  row.reported_at = fact.reported_at;
  row.received_at = fact.received_at;
  row.known_from = fact.known_from;
  row.report = names_.reports.add(issuer, fact.report);
  row.card = names_.cards.add(0, bytes_of(fact.card));
  if (!fact.member.empty()) row.member = names_.members.add(issuer, fact.member);
  row.card_issuer = names_.issuers.add(0, fact.card_issuer);
  row.revision = fact.revision;
  row.scope_revision = fact.scope_revision;
  row.traits = traits.bits();
  return row;
}

FactTable::Around FactTable::around(std::uint32_t report,
                                    std::uint32_t card,
                                    Instant known_from) const {
  Around found;
  for (auto id = heads_[report]; id != kNone; id = versions_[id].next) {
    const auto& version = versions_[id];
    if (version.card != card) continue;
    if (version.known_from == known_from) {
      found.at = id;
    } else if (version.known_from < known_from) {
      const bool nearer =
          found.before == kNone || versions_[found.before].known_from < version.known_from;
      if (nearer) found.before = id;
    } else if (found.after == kNone || version.known_from < versions_[found.after].known_from) {
      found.after = id;
    }
  }
  return found;
}

FactRows::Place FactTable::place_of(std::uint32_t report, const Version& version) const {
  FactRow order;
  order.reported_at = version.reported_at;
  order.received_at = version.received_at;
  order.known_from = version.known_from;
  order.report = report;
  order.card = version.card;
  return rows_.find(order);
}

bool FactTable::rests_on(std::uint32_t report, ReportingLog::Heard heard) const {
  for (auto id = heads_[report]; id != kNone; id = versions_[id].next) {
    const auto& version = versions_[id];
    if (ReportingLog::Heard{version.received_at, version.reported_at} == heard) return true;
  }
  return false;
}

void FactTable::put(const FactView& fact, ReportingLog& log) {
  const auto row = row_of(fact);
  if (row.report >= heads_.size()) heads_.resize(row.report + std::size_t{1}, kNone);
  const auto near = around(row.report, row.card, row.known_from);
  if (near.at == kNone) {
    add(row, near, log);
  } else {
    replace(row, versions_[near.at], log);
  }
}

void FactTable::add(const FactRow& row, const Around& near, ReportingLog& log) {
  const ReportingLog::Heard heard{row.received_at, row.reported_at};
  if (!rests_on(row.report, heard)) {
    log.add(names_.issuers.text(names_.reports.scope(row.report)), heard);
  }
  auto placed = row;
  if (near.after != kNone) placed.known_until = versions_[near.after].known_from;
  if (near.before != kNone) end_at(row.report, near.before, row.known_from);
  rows_.insert(placed);
  link(row.report, {row.known_from, row.reported_at, row.received_at, row.card, kNone});
  ++size_;
}

void FactTable::replace(const FactRow& row, Version& version, ReportingLog& log) {
  const auto place = place_of(row.report, version);
  auto changed = row;
  changed.known_until = rows_.at(place).known_until;
  const ReportingLog::Heard before{version.received_at, version.reported_at};
  const ReportingLog::Heard after{row.received_at, row.reported_at};
  if (before == after) return rows_.put(place, changed);
  rows_.erase(place);
  rows_.insert(changed);
  const auto issuer = names_.issuers.text(names_.reports.scope(row.report));
  if (!rests_on(row.report, after)) log.add(issuer, after);
  version.received_at = row.received_at;
  version.reported_at = row.reported_at;
  if (!rests_on(row.report, before)) log.remove(issuer, before);
}

void FactTable::retract(const FactView& fact, ReportingLog& log) {
  const auto issuer = names_.issuers.find(0, fact.issuer);
  const auto report = issuer == kNone ? kNone : names_.reports.find(issuer, fact.report);
  const auto card = names_.cards.find(0, bytes_of(fact.card));
  if (report == kNone || card == kNone) return;
  const auto near = around(report, card, fact.known_from);
  if (near.at == kNone) return;
  const auto version = versions_[near.at];
  rows_.erase(place_of(report, version));
  unlink(report, near.at);
  --size_;
  if (near.before != kNone) {
    const bool last = near.after == kNone;
    end_at(report, near.before, last ? Instant::max() : versions_[near.after].known_from);
  }
  const ReportingLog::Heard heard{version.received_at, version.reported_at};
  if (!rests_on(report, heard)) log.remove(fact.issuer, heard);
}

void FactTable::end_at(std::uint32_t report, std::uint32_t version, Instant until) {
  const auto place = place_of(report, versions_[version]);
  auto row = rows_.at(place);
  row.known_until = until;
  rows_.put(place, row);
}

void FactTable::link(std::uint32_t report, const Version& version) {
  auto id = free_;
  if (id == kNone) {
    id = static_cast<std::uint32_t>(versions_.size());
    versions_.push_back(version);
  } else {
    free_ = versions_[id].next;
    versions_[id] = version;
  }
  versions_[id].next = heads_[report];
  heads_[report] = id;
}

void FactTable::unlink(std::uint32_t report, std::uint32_t version) {
  auto* link = &heads_[report];
  while (*link != version) link = &versions_[*link].next;
  *link = versions_[version].next;
  versions_[version].next = free_;
  free_ = version;
}

FactView FactTable::fact_at(const FactRows::Chunk& chunk, std::size_t row) const {
  const FactTraits traits{chunk.traits[row]};
  const auto report = chunk.report[row];
  FactView fact;
  fact.issuer = names_.issuers.text(names_.reports.scope(report));
  fact.report = names_.reports.text(report);
  fact.known_from = chunk.known_from[row];
  fact.revision = chunk.revision[row];
  const auto card = names_.cards.text(chunk.card[row]);
  std::copy(card.begin(), card.end(), fact.card.bytes.begin());
  fact.card_issuer = names_.issuers.text(chunk.card_issuer[row]);
  fact.outcome = traits.outcome();
  fact.active = traits.active();
  fact.attributable = traits.attributable();
  fact.scope_revision = chunk.scope_revision[row];
  if (chunk.member[row] != kNone) fact.member = names_.members.text(chunk.member[row]);
  fact.reported_at = chunk.reported_at[row];
  fact.received_at = chunk.received_at[row];
  if (const auto code = traits.disposition_code()) {
    fact.disposition = static_cast<FraudDisposition>(code - 1);
  }
  fact.fraud_type = traits.fraud_type();
  if (const auto code = traits.approved_code()) fact.approved = code == 2;
  fact.imported = traits.imported();
  return fact;
}

}  // namespace cw
