#include "matcher/mirror/state_keeper.hpp"

#include "lib/telemetry/logger.hpp"

#include <utility>

namespace cw::matcher {
namespace {

const telemetry::Logger kLog{"matcher"};

}  // namespace

StateKeeper::Opened StateKeeper::open(std::int32_t partition, StateLoader& state) {
  MirrorOptions options;
  options.folder = options_.folder / std::to_string(partition);
  options.format = options_.format;
  options.rules = options_.rules;
  options.partitions = partitions_;
  options.origin = options_.origin + "/" + std::to_string(partition);
  options.save_interval = options_.save_interval;
  auto opened = PartitionMirror::open(std::move(options), now());
  if (!opened) {
    tell_failure(partition, "open", opened.error());
    return {};
  }
  auto& mirror = mirrors_[partition];
  mirror = std::move(opened).value();
  tell_found(partition, *mirror);
  if (mirror->found() != MirrorFound::kUsable) return {};
  if (auto loaded = mirror->load(state); !loaded) {
    tell_failure(partition, "load", loaded.error());
    return {{}, /*broken=*/true};
  }
  return {mirror->positions(), /*broken=*/false};
}

void StateKeeper::reset(std::int32_t partition) {
  const auto found = mirrors_.find(partition);
  if (found == mirrors_.end()) return;
  kLog.alarm("MATCHER_STATE_REFUSED",
             "the local state is ahead of what the group has committed; it is built anew from the "
             "inputs",
             {{"partition", partition}, {"found", "ahead"}});
  if (auto status = found->second->reset(); !status) {
    tell_failure(partition, "reset", status.error());
    mirrors_.erase(found);
  }
}

void StateKeeper::save_if_due(std::int32_t partition,
                              StateImage& state,
                              const StatePositions& positions) {
  const auto found = mirrors_.find(partition);
  if (found == mirrors_.end()) return;
  auto& mirror = *found->second;
  if (!mirror.due(state.changed_cards(), PartitionMirror::Steady::now())) return;
  if (auto status = mirror.save(state, positions, now()); !status) {
    tell_failure(partition, "save", status.error());
  }
}

void StateKeeper::close(std::int32_t partition,
                        StateImage& state,
                        const StatePositions& positions) {
  const auto found = mirrors_.find(partition);
  if (found == mirrors_.end()) return;
  auto& mirror = *found->second;
  if (auto status = mirror.save_durably(state, positions, now()); !status) {
    tell_failure(partition, "save", status.error());
  }
  if (auto status = mirror.close(); !status) tell_failure(partition, "close", status.error());
  mirrors_.erase(found);
}

void StateKeeper::tell_found(std::int32_t partition, const PartitionMirror& mirror) const {
  const auto found = mirror.found();
  if (found == MirrorFound::kFresh || found == MirrorFound::kUsable) return;
  if (found == MirrorFound::kRefusedRules) {
    kLog.alarm("MATCHER_RULES_CHANGED",
               "the local state follows older rules; it is built anew, and what was emitted under "
               "them may differ: run cardwatch verify --repair",
               {{"partition", partition}, {"detail", mirror.found_detail()}});
    return;
  }
  kLog.alarm("MATCHER_STATE_REFUSED",
             "the local state is of no use; it is built anew from the inputs",
             {{"partition", partition}, {"found", name(found)}, {"detail", mirror.found_detail()}});
}

void StateKeeper::tell_failure(std::int32_t partition, const char* doing, const Error& why) const {
  kLog.alarm(
      "MATCHER_STATE_UNSAVED",
      "the local state fails; matching goes on, and a restart reads the inputs",
      {{"partition", partition}, {"doing", doing}, {"code", why.code}, {"detail", why.detail}});
}

}  // namespace cw::matcher
