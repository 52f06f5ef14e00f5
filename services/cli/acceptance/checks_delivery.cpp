#include "cli/acceptance/check.hpp"

#include <array>
#include <utility>
#include <vector>

/// Batches in order, twice, late, in pieces and with holes.
namespace cw::cli {
namespace {

// Numbers of cards that are on no list before the check that uses them.
constexpr std::uint64_t kOrderCards = 100;
constexpr std::uint64_t kSizeCards = 10'000;
constexpr std::uint64_t kOnceCards = 200;
constexpr std::uint64_t kLateCards = 210;
constexpr std::uint64_t kSplitCards = 220;
constexpr std::uint64_t kOverlapCards = 230;
constexpr std::uint64_t kGapCards = 240;
constexpr std::uint64_t kUnknownCards = 250;
constexpr std::uint64_t kNeverHeld = 999;

Change add(std::uint64_t card) {
  return {.card = card};
}

Change update(std::uint64_t card, WatchLevel level) {
  return {.card = card, .op = FeedOp::kUpdt, .level = level};
}

Change remove(std::uint64_t card) {
  return {.card = card, .op = FeedOp::kDelt};
}

Why order(Trial& trial) {
  if (auto why = trial.deliver(
          {add(kOrderCards), add(kOrderCards + 1), update(0, WatchLevel::kIdentified)})) {
    return why;
  }
  if (auto why = trial.deliver({remove(kOrderCards), update(0, WatchLevel::kFraudReported)})) {
    return why;
  }
  if (auto why = trial.deliver({add(kOrderCards), remove(kOrderCards + 1)})) return why;
  return trial.holds();
}

Why batch_sizes(Trial& trial) {
  if (auto why = trial.deliver({add(kSizeCards)})) return why;
  std::vector<Change> all;
  for (std::size_t i = 0; i < trial.batch_max(); ++i) all.push_back(add(kSizeCards + i));
  if (auto why = trial.deliver(all)) return why;
  if (auto why = trial.holds()) return why;
  for (Change& change : all) change.op = FeedOp::kDelt;
  if (auto why = trial.deliver(all)) return why;
  return trial.holds();
}

Why removal(Trial& trial) {
  if (auto why = trial.deliver({remove(1), remove(kNeverHeld)})) return why;
  return trial.holds();
}

Why duplicate(Trial& trial) {
  const std::string id = trial.new_id();
  if (auto why = trial.deliver(trial.next({add(kOnceCards), remove(2)}), {.id = id})) return why;
  if (auto why = trial.taken(trial.send_again(id))) return why;
  return trial.holds();
}

Why late_duplicate(Trial& trial) {
  const std::string id = trial.new_id();
  const auto early = trial.next({add(kLateCards), update(4, WatchLevel::kIdentified)});
  if (auto why = trial.deliver(early, {.id = id})) return why;
  if (auto why = trial.deliver({remove(kLateCards), update(4, WatchLevel::kFraudReported)})) {
    return why;
  }
  if (auto why = trial.taken(trial.send_again(id))) return why;
  return trial.holds();
}

Why split_batch(Trial& trial) {
  TestBatch whole;
  if (auto why = trial.deliver({add(kSplitCards), add(kSplitCards + 1), remove(5)}, &whole)) {
    return why;
  }
  if (auto why = trial.deliver({remove(kSplitCards)})) return why;
  TestBatch first = whole;
  first.entries.resize(1);
  first.through = first.entries.back().seq;
  TestBatch second = whole;
  second.entries.erase(second.entries.begin());
  second.after = first.through;
  if (auto why = trial.taken(trial.send(first))) return why;
  if (auto why = trial.taken(trial.send(second))) return why;
  return trial.holds();
}

Why overlap(Trial& trial) {
  TestBatch known;
  if (auto why = trial.deliver({add(kOverlapCards), add(kOverlapCards + 1)}, &known)) return why;
  if (auto why = trial.deliver({remove(kOverlapCards)})) return why;
  TestBatch longer = trial.next({add(kOverlapCards + 2)});
  longer.after = known.after;
  longer.entries.insert(longer.entries.begin(), known.entries.begin() + 1, known.entries.end());
  if (auto why = trial.deliver(longer, {.id = trial.new_id()})) return why;
  return trial.holds();
}

Why gap(Trial& trial) {
  constexpr std::uint64_t kHole = 5;
  TestBatch later = trial.next({add(kGapCards)});
  later.after += kHole;
  later.through += kHole;
  later.entries.front().seq += kHole;
  if (auto why = trial.gap_told(trial.send(later))) return why;
  if (auto why = trial.deliver({add(kGapCards + 1)})) return why;
  return trial.holds();
}

Why unknown_member(Trial& trial) {
  TestBatch batch = trial.next({{.card = kUnknownCards, .unknown_member = true}});
  batch.members = R"(,"x_later":{"a":[null,true,"b"]})";
  if (auto why = trial.deliver(batch, {.id = trial.new_id()})) return why;
  return trial.holds();
}

constexpr std::array kChecks{
    Check{"order",
          "batches in order, with a card added, changed, removed and added again",
          "Apply the entries of a batch in their order; the newest entry of a card is its state.",
          order},
    Check{"batch_sizes",
          "a batch of one entry, and batches of the largest size",
          "Take bodies up to the largest batch that was agreed on (batch_max).",
          batch_sizes},
    Check{"removal",
          "DELT takes a card off the list, also one that was never on it",
          "Drop the card from list and digest; a DELT of an unknown card changes nothing.",
          removal},
    Check{"duplicate",
          "the same batch twice, as after a lost answer",
          "A batch whose through is not beyond your cursor changes nothing; answer as usual.",
          duplicate},
    Check{"late_duplicate",
          "a batch again after a newer one",
          "Entries with a seq that is not beyond your cursor are passed over.",
          late_duplicate},
    Check{"split_batch",
          "what was taken as one batch comes again in two, under new ids",
          "Judge by epoch and seq, not by webhook-id alone.",
          split_batch},
    Check{"overlap",
          "a batch that begins before your cursor and ends beyond it",
          "Take the entries beyond your cursor, pass over the others; it is no gap.",
          overlap},
    Check{"gap",
          "a batch that begins beyond your cursor is refused",
          "If after is greater than your cursor answer 409 with accepted_through and epoch, and "
          "change nothing.",
          gap},
    Check{"unknown_member",
          "members that version 1 does not have, in the batch and in an entry",
          "Skip members you do not know; the hash of an entry covers them all the same.",
          unknown_member},
};

}  // namespace

std::span<const Check> delivery_checks() {
  return kChecks;
}

}  // namespace cw::cli
