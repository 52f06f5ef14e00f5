#pragma once

#include "matcher/engine/partition_state.hpp"

#include <functional>
#include <map>
#include <utility>
#include <variant>
#include <vector>

namespace cw::matcher {

/// What readers of the two topics hold: the newest fact of each id, the newest entry of each card
/// and issuer.
struct Readers {
  std::map<std::pair<CardRef, FactId>, Fact> facts;
  std::map<std::pair<IssuerId, CardRef>, WatchEntry> entries;

  friend bool operator==(const Readers&, const Readers&) = default;
};

/// Collects the outputs of a batch; hands them to the readers only when it is committed.
class Recorder : public MatchOutput {
 public:
  Status changed(const FactView& view) override {
    pending_.emplace_back([fact = to_fact(view)](Readers& to) {
      to.facts.insert_or_assign({fact.card, fact.id}, fact);
    });
    return Ok{};
  }
  Status retracted(const FactView& view) override {
    pending_.emplace_back([fact = to_fact(view), this](Readers& to) {
      retractions_of_nothing += to.facts.erase({fact.card, fact.id}) == 0 ? 1 : 0;
    });
    return Ok{};
  }
  Status watch(const WatchChange& change) override {
    pending_.emplace_back([change, this](Readers& to) { apply(change, to); });
    return Ok{};
  }
  Status refused(std::size_t /*source*/, const Error& why) override {
    refusals.push_back(why.code);
    return Ok{};
  }

  void commit() {
    for (const auto& output : pending_) output(readers);
    pending_.clear();
  }
  void drop() { pending_.clear(); }
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

  Readers readers;
  std::vector<Errc> refusals;
  int retractions_of_nothing = 0;
  int wrong_operations = 0;  ///< ADDD of what is there, UPDT or DELT of what is not, or no change.

 private:
  void apply(const WatchChange& change, Readers& to) {
    const std::pair key{change.entry.issuer, change.entry.card};
    const auto held = to.entries.find(key);
    const bool there = held != to.entries.end();
    wrong_operations += there == (change.op == FeedOp::kAddd) ? 1 : 0;
    wrong_operations += there && held->second == change.entry ? 1 : 0;
    if (change.op == FeedOp::kDelt) {
      to.entries.erase(key);
    } else {
      to.entries.insert_or_assign(key, change.entry);
    }
  }

  std::vector<std::function<void(Readers&)>> pending_;
};

using Input = std::variant<ExposureRecord, ReportRevision, IssuerAnswer, ControlRecord>;

inline Status fold(PartitionState& state, const Input& input, MatchOutput& output) {
  std::vector<AttributeView> attributes;
  if (const auto* exposure = std::get_if<ExposureRecord>(&input)) {
    return state.exposure(view_of(*exposure, attributes), 0, output);
  }
  if (const auto* report = std::get_if<ReportRevision>(&input)) {
    return state.report(view_of(*report), 0, output);
  }
  if (const auto* answer = std::get_if<IssuerAnswer>(&input)) {
    return state.answer(*answer, 0, output);
  }
  return state.control({&std::get<ControlRecord>(input), 1}, output);
}

}  // namespace cw::matcher
