#include "cli/acceptance/trial.hpp"

#include "lib/codec/json_writer.hpp"

#include <array>
#include <utility>

namespace cw::cli {
namespace {

/// Gaps between numbers are part of the protocol, so there are some.
constexpr std::uint64_t kSeqStep = 3;
/// A snapshot in three batches.
constexpr std::array<std::string_view, 4> kSnapshotFrom{
    kFirstPosition, "5555555555555555", "aaaaaaaaaaaaaaaa", ""};
constexpr std::array<std::string_view, 3> kSnapshotThrough{
    "5555555555555554", "aaaaaaaaaaaaaaa9", kLastPosition};

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string range_member(std::string_view from, std::string_view through) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().string("from", from).string("through", through).end_object();
  return R"(,"replaces":)" + out;
}

std::string listed(codec::JsonValue buckets) {
  constexpr std::size_t kShown = 8;
  std::string text;
  for (std::size_t i = 0; i < buckets.size() && i < kShown; ++i) {
    text += (text.empty() ? "" : ", ") + buckets[i].text_or("?");
  }
  return buckets.size() > kShown ? text + ", ..." : text;
}

}  // namespace

std::string described(const Answer& answer) {
  if (answer.status == 0 && answer.failure) {
    return "no answer (" + std::string(name(answer.failure->code)) + ": " + answer.failure->detail +
           ")";
  }
  const std::string code = answer["code"].text_or("");
  return "status " + number(static_cast<std::uint64_t>(answer.status)) +
         (code.empty() ? "" : " " + code) + (answer.failure ? " with a body that is not JSON" : "");
}

Why echoed(const Answer& answer, const std::string& state) {
  if (answer.status != 200) return "a verification batch was answered with " + described(answer);
  if (answer["verification"].text_or("") != state) {
    return "the answer's member verification is not the state that was sent";
  }
  return std::nullopt;
}

Trial::Trial(Endpoint& endpoint, TestFeed feed, std::string run, std::size_t batch_max)
    : endpoint_(endpoint), feed_(std::move(feed)), run_(std::move(run)), batch_max_(batch_max) {}

std::string Trial::new_id() {
  return "acceptance-" + run_ + "-" + number(++sent_);
}

TestBatch Trial::next(const std::vector<Change>& changes) const {
  TestBatch batch{.epoch = feed_.epoch(), .after = feed_.through()};
  std::uint64_t seq = feed_.through();
  for (const Change& change : changes) {
    seq += kSeqStep;
    batch.entries.push_back({.seq = seq,
                             .card = change.card,
                             .op = change.op,
                             .level = change.level,
                             .unknown_member = change.unknown_member});
  }
  batch.through = seq + 1;
  return batch;
}

TestBatch Trial::verification(const std::string& state, std::string members) const {
  std::string out;
  codec::JsonWriter(out).begin_object().string("state", state).end_object();
  return {.epoch = feed_.epoch(),
          .after = feed_.through(),
          .through = feed_.through(),
          .members = std::move(members) + R"(,"verification":)" + out};
}

TestBatch Trial::replacing(std::string_view from, std::string_view through) const {
  return {.epoch = feed_.epoch(),
          .after = 0,
          .through = feed_.through(),
          .entries = feed_.held(from, through),
          .members = range_member(from, through)};
}

Answer Trial::send(const TestBatch& batch, const Sending& sending) {
  return endpoint_.push(feed_.text(batch, sending.id, feed_.issuer()), sending);
}

Answer Trial::send_for(const std::string& issuer, const TestBatch& batch) {
  const std::string id = new_id();
  return endpoint_.push(feed_.text(batch, id, issuer), {.id = id});
}

Why Trial::taken(const Answer& answer) const {
  if (!answer.accepted()) return "a batch was answered with " + described(answer);
  const auto accepted = answer["accepted_through"].unsigned_integer();
  if (answer.status == 200 && accepted != feed_.through()) {
    return "accepted_through is " + (accepted ? number(*accepted) : "missing") + ", " +
           number(feed_.through()) + " is right";
  }
  const auto epoch = answer["epoch"].unsigned_integer();
  if (epoch && *epoch != feed_.epoch()) {
    return "epoch is " + number(*epoch) + ", " + number(feed_.epoch()) + " is right";
  }
  return std::nullopt;
}

Why Trial::deliver(const std::vector<Change>& changes, TestBatch* sent) {
  const TestBatch batch = next(changes);
  if (sent != nullptr) *sent = batch;
  return deliver(batch, {.id = new_id()});
}

Why Trial::deliver(const TestBatch& batch, const Sending& sending) {
  const Answer answer = send(batch, sending);
  feed_.apply(batch.entries);
  feed_.advance(batch.through);
  return taken(answer);
}

Why Trial::snapshot() {
  for (std::size_t i = 0; i < kSnapshotThrough.size(); ++i) {
    const bool last = i + 1 == kSnapshotThrough.size();
    TestBatch batch = replacing(kSnapshotFrom[i], kSnapshotThrough[i]);
    batch.more = !last;
    batch.members += R"(,"snapshot":true)";
    const Answer answer = send(batch);
    if (!answer.accepted()) return "a snapshot's batch was answered with " + described(answer);
    if (last) return taken(answer);
  }
  return std::nullopt;
}

Why Trial::holds() {
  const std::string state = new_id();
  const TestBatch batch = verification(state, digest_member(feed_.through(), feed_.buckets()));
  const Answer answer = send(batch);
  if (auto why = echoed(answer, state)) return why;
  if (auto why = taken(answer)) return why;
  if (!digests_) return std::nullopt;
  const auto differing = answer["differing_buckets"];
  if (!differing.is_array()) return "the answer to a digest lacks differing_buckets";
  if (differing.size() == 0) return std::nullopt;
  return number(differing.size()) +
         " buckets differ from what should be held: " + listed(differing);
}

Why Trial::refused(const Answer& answer) {
  if (answer.accepted()) return "it was accepted, with " + described(answer);
  const bool right =
      answer.status == 400 || answer.status == 401 || answer.status == 403 || answer.status == 422;
  if (!right) return "401 or 403 is right, it was answered with " + described(answer);
  return holds();
}

Why Trial::gap_told(const Answer& answer) {
  if (answer.status != 409) return "409 is right, it was answered with " + described(answer);
  if (answer["accepted_through"].unsigned_integer() != feed_.through()) {
    return "the 409 does not tell accepted_through " + number(feed_.through());
  }
  if (answer["epoch"].unsigned_integer() != feed_.epoch()) {
    return "the 409 does not tell epoch " + number(feed_.epoch());
  }
  return holds();
}

}  // namespace cw::cli
