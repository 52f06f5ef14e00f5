#include "lib/domain/derive.hpp"

#include "lib/domain/card_exposures.hpp"

#include <utility>

namespace cw {
namespace {

void difference_of_facts(const std::vector<Fact>& before,
                         const std::vector<Fact>& after,
                         CardDifference& out) {
  auto old_fact = before.begin();
  auto new_fact = after.begin();
  while (old_fact != before.end() || new_fact != after.end()) {
    if (new_fact == after.end() || (old_fact != before.end() && old_fact->id < new_fact->id)) {
      out.retracted.push_back(*old_fact++);
    } else if (old_fact == before.end() || new_fact->id < old_fact->id) {
      out.changed.push_back(*new_fact++);
    } else {
      if (*old_fact != *new_fact) out.changed.push_back(*new_fact);
      ++old_fact;
      ++new_fact;
    }
  }
}

WatchChange removal(const WatchEntry& entry) {
  WatchEntry gone;
  gone.issuer = entry.issuer;
  gone.card = entry.card;
  // The issuer knows the card by its number only, so the removal must still open to it.
  gone.expiry = entry.expiry;
  gone.sealed_pan = entry.sealed_pan;
  gone.file_key = entry.file_key;
  return {FeedOp::kDelt, std::move(gone)};
}

}  // namespace

CardResult derive(const CardInputs& inputs, const Control& control) {
  const auto exposures = exposures_by_incident(inputs, control);
  CardResult result;
  result.facts = derive_facts(inputs, exposures, control);
  result.entry = derive_watch(exposures, result.facts, inputs.answers(), control);
  return result;
}

CardDifference difference(const CardResult& before, const CardResult& after) {
  CardDifference out;
  difference_of_facts(before.facts, after.facts, out);
  if (before.entry == after.entry) return out;
  const bool moves = before.entry && after.entry && before.entry->issuer != after.entry->issuer;
  if (before.entry && (!after.entry || moves)) out.watch.push_back(removal(*before.entry));
  if (after.entry) {
    const bool known = before.entry && !moves;
    out.watch.push_back({known ? FeedOp::kUpdt : FeedOp::kAddd, *after.entry});
  }
  return out;
}

}  // namespace cw
