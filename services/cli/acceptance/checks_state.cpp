#include "cli/acceptance/check.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>

/// Verification, snapshot, digests, repair and epochs.
namespace cw::cli {
namespace {

constexpr std::uint64_t kRepairCards = 5'000;
constexpr std::uint64_t kEpochCards = 400;
constexpr std::size_t kBucketDigits = 2;

Why verification(Trial& trial) {
  const std::string state = trial.new_id();
  return echoed(trial.send(trial.verification(state)), state);
}

Why snapshot(Trial& trial) {
  return trial.snapshot();
}

Why digest(Trial& trial) {
  return trial.holds();
}

/// Three buckets that are not as the digest has them: one of other content, one that only the
/// receiver has, one that only the digest has.
std::set<std::string> spoil(TestFeed::Buckets& buckets) {
  std::set<std::string> spoilt;
  buckets.begin()->second.add_entry("another entry");
  spoilt.insert(buckets.begin()->first);
  const auto last = std::prev(buckets.end());
  spoilt.insert(last->first);
  for (const char* bucket : {"00", "01", "02", "03", "7f", "80", "fe"}) {
    if (buckets.contains(bucket)) continue;
    buckets[bucket].add_entry("an entry");
    spoilt.insert(bucket);
    break;
  }
  buckets.erase(last);
  return spoilt;
}

Why digest_by_bucket(Trial& trial) {
  TestFeed::Buckets buckets = trial.feed().buckets();
  const auto wanted = spoil(buckets);
  const std::string state = trial.new_id();
  const auto answer =
      trial.send(trial.verification(state, digest_member(trial.feed().through(), buckets)));
  if (auto why = echoed(answer, state)) return why;
  std::set<std::string> told;
  for (const auto bucket : answer["differing_buckets"].elements()) {
    told.insert(bucket.text_or(""));
  }
  if (told == wanted) return std::nullopt;
  std::string list;
  for (const auto& bucket : wanted) list += (list.empty() ? "" : ", ") + bucket;
  return "of a digest that differs in the buckets " + list + " it told " +
         std::to_string(told.size()) + " differing_buckets, not these";
}

/// A card, not on the list, whose position begins with `bucket`.
std::uint64_t card_of(const TestFeed& feed, const std::string& bucket) {
  std::uint64_t card = kRepairCards;
  while (!feed.position(card).starts_with(bucket)) ++card;
  return card;
}

Why replacing(Trial& trial) {
  TestFeed& feed = trial.feed();
  const std::string bucket = feed.position(3).substr(0, kBucketDigits);
  const std::string tail(kFirstPosition.size() - kBucketDigits - 1, '0');
  const std::string end(tail.size(), 'f');
  // What the receiver holds is wrong from here on, and the two batches mend it.
  feed.apply({{.seq = feed.through(), .card = 3, .op = FeedOp::kDelt},
              {.seq = feed.through(), .card = card_of(feed, bucket)}});
  const auto lower = trial.replacing(bucket + "0" + tail, bucket + "7" + end);
  const auto upper = trial.replacing(bucket + "8" + tail, bucket + "f" + end);
  for (const TestBatch& batch : {lower, upper, lower}) {
    if (auto why = trial.taken(trial.send(batch))) return why;
  }
  if (auto why = trial.holds()) return why;
  if (auto why = trial.deliver({{.card = 3}})) return "the batch after the repair: " + *why;
  return trial.holds();
}

Why early_replacing(Trial& trial) {
  constexpr std::uint64_t kAhead = 10;
  TestBatch batch = trial.replacing(kFirstPosition, kLastPosition);
  batch.entries.clear();
  batch.through += kAhead;
  return trial.gap_told(trial.send(batch));
}

Why notice(Trial& trial) {
  for (const std::string_view state : {"paused", "enabled"}) {
    const std::string echo = trial.new_id();
    const std::string member = R"(,"notice":{"at":"2026-01-01T00:00:00.000Z","reason":"test",)"
                               R"("state":")" +
                               std::string(state) + R"("})";
    if (auto why = echoed(trial.send(trial.verification(echo, member)), echo)) return why;
  }
  return trial.holds();
}

Why other_epoch(Trial& trial) {
  TestBatch batch = trial.next({{.card = kEpochCards}});
  batch.epoch += 1;
  return trial.gap_told(trial.send(batch));
}

Why new_epoch(Trial& trial) {
  TestFeed& feed = trial.feed();
  const std::uint32_t old = feed.epoch();
  feed.begin_epoch(old + 1, 9);
  feed.apply({{.seq = 2, .card = 7},
              {.seq = 4, .card = kEpochCards + 1, .op = FeedOp::kUpdt},
              {.seq = 9, .card = kEpochCards + 2, .level = WatchLevel::kIdentified}});
  if (auto why = trial.snapshot()) return why;
  if (auto why = trial.holds()) return why;
  TestBatch late = trial.next({{.card = kEpochCards + 3}});
  late.epoch = old;
  if (auto why = trial.gap_told(trial.send(late))) return "a batch of the old epoch: " + *why;
  if (auto why = trial.deliver({{.card = kEpochCards + 4}})) return why;
  return trial.holds();
}

Why left_empty(Trial& trial) {
  trial.feed().begin_epoch(trial.feed().epoch(), trial.feed().through());
  if (auto why = trial.snapshot()) return why;
  return trial.holds();
}

constexpr std::array kBasic{
    Check{"verification",
          "a verification batch is answered with 200 and its state",
          "Answer 200 to a batch with the member verification, whatever your cursor, with its "
          "state as verification, accepted_through and applied_through.",
          verification,
          AfterFailure::kStop},
    Check{"snapshot",
          "consecutive replacing batches over all positions take the place of the list",
          "After each batch your cards in [from, through] are exactly its entries; after the one "
          "with more = false epoch and cursor are the batch's.",
          snapshot,
          AfterFailure::kStop},
    Check{"digest",
          "the digest over your list is the sender's",
          "Hash each entry's canonical JSON with SHA-256, add up modulo 2^256 by the first byte of "
          "SHA-256 of the card number; answer differing_buckets, [] if none.",
          digest,
          AfterFailure::kNoDigests},
};

constexpr std::array kRepair{
    Check{"digest_by_bucket",
          "of a digest that is not yours exactly the differing buckets are told",
          "Compare count and sum of every bucket that either side has; one that is missing on a "
          "side is empty there.",
          digest_by_bucket,
          AfterFailure::kRestore,
          true},
    Check{"replacing",
          "replacing batches mend a bucket, also if one comes twice",
          "Drop your cards with from <= position <= through, put in the entries; the cursor stays.",
          replacing},
    Check{"early_replacing",
          "a replacing batch ahead of your cursor is refused",
          "If through is greater than your cursor and snapshot is not true, answer 409 as for a "
          "gap.",
          early_replacing},
    Check{"notice",
          "the announcement of a pause and of its end is answered like any verification",
          "A notice is for people; show or log it, change nothing.",
          notice},
};

constexpr std::array kEpoch{
    Check{"other_epoch",
          "a batch from the middle of another epoch is refused",
          "A batch of another epoch than yours is a gap (409), unless it begins a greater one.",
          other_epoch},
    Check{"new_epoch",
          "a snapshot begins another epoch; batches of the old one are refused",
          "A snapshot's first batch of a greater epoch drops what you hold, its last one sets your "
          "cursor; of a lower epoch everything is a gap (409).",
          new_epoch},
    Check{"left_empty",
          "an empty snapshot leaves nothing of this test behind",
          "As for snapshot; an empty range is a range too.",
          left_empty},
};

}  // namespace

std::span<const Check> basic_checks() {
  return kBasic;
}

std::span<const Check> repair_checks() {
  return kRepair;
}

std::span<const Check> epoch_checks() {
  return kEpoch;
}

}  // namespace cw::cli
