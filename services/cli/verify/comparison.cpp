#include "cli/verify/comparison.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

namespace cw::cli {
namespace {

/// Moves the entry that belongs at `issuer` (any, if there is no such) out of `entries`.
std::optional<WatchEntry> take_entry(std::vector<WatchEntry>& entries, const IssuerId* issuer) {
  if (entries.empty()) return std::nullopt;
  auto chosen = std::find_if(entries.begin(), entries.end(), [&](const WatchEntry& entry) {
    return issuer != nullptr && entry.issuer == *issuer;
  });
  if (chosen == entries.end()) chosen = entries.begin();
  auto entry = std::move(*chosen);
  entries.erase(chosen);
  return entry;
}

void append(std::vector<WatchChange>& all, std::vector<WatchChange> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

FindingKind kind_of(FeedOp op) {
  switch (op) {
    case FeedOp::kAddd:
      return FindingKind::kMissingEntry;
    case FeedOp::kUpdt:
      return FindingKind::kDifferentEntry;
    case FeedOp::kDelt:
      break;
  }
  return FindingKind::kExtraEntry;
}

const Fact* find(const std::vector<Fact>& facts, const FactId& id) {
  const auto place = std::lower_bound(
      facts.begin(), facts.end(), id, [](const Fact& a, const FactId& b) { return a.id < b; });
  return place != facts.end() && place->id == id ? &*place : nullptr;
}

}  // namespace

std::string_view text(FindingKind kind) noexcept {
  switch (kind) {
    case FindingKind::kMissingFact:
      return "missing_fact";
    case FindingKind::kExtraFact:
      return "extra_fact";
    case FindingKind::kDifferentFact:
      return "different_fact";
    case FindingKind::kMissingEntry:
      return "missing_entry";
    case FindingKind::kExtraEntry:
      return "extra_entry";
    case FindingKind::kDifferentEntry:
      break;
  }
  return "different_entry";
}

std::uint64_t ComparisonResult::differences() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void Comparison::add(const CardRef& card, const CardInputs* inputs, const EmittedCard* emitted) {
  ++result_.cards;
  const CardResult after = inputs != nullptr ? derive(*inputs, control_) : CardResult{};
  const EmittedCard held = emitted != nullptr ? *emitted : EmittedCard{};
  digest(after, held);
  auto entries = held.entries;
  CardResult before;
  before.facts = held.facts;
  before.entry = take_entry(entries, after.entry ? &after.entry->issuer : nullptr);
  auto change = difference(before, after);
  for (auto& extra : entries) {
    append(change.watch, difference({{}, std::move(extra)}, {}).watch);
  }
  if (change.empty()) return;
  tell(card, change, before);
  if (options_.keep_repairs) result_.repairs.push_back(std::move(change));
}

void Comparison::digest(const CardResult& expected, const EmittedCard& emitted) {
  for (const auto& fact : expected.facts) result_.expected.facts.add(hash_of(fields_of(fact)));
  if (expected.entry) result_.expected.entries.add(hash_of(fields_of(*expected.entry)));
  for (const auto& fact : emitted.facts) result_.emitted.facts.add(hash_of(fields_of(fact)));
  for (const auto& entry : emitted.entries) result_.emitted.entries.add(hash_of(fields_of(entry)));
}

void Comparison::tell(const CardRef& card, const CardDifference& change, const CardResult& before) {
  for (const auto& fact : change.changed) {
    const auto* old = find(before.facts, fact.id);
    if (old == nullptr) {
      found({FindingKind::kMissingFact, card, fact.id});
    } else {
      found({FindingKind::kDifferentFact,
             card,
             fact.id,
             differing(fields_of(fact), fields_of(*old))});
    }
  }
  for (const auto& fact : change.retracted) found({FindingKind::kExtraFact, card, fact.id});
  for (const auto& watch : change.watch) {
    Finding finding{kind_of(watch.op), card};
    finding.fact.issuer = watch.entry.issuer;
    if (watch.op == FeedOp::kUpdt) {
      finding.fields = differing(fields_of(watch.entry), fields_of(*before.entry));
    }
    found(std::move(finding));
  }
}

void Comparison::found(Finding finding) {
  ++result_.counts[static_cast<std::size_t>(finding.kind)];
  if (result_.findings.size() < options_.findings_max)
    result_.findings.push_back(std::move(finding));
}

}  // namespace cw::cli
