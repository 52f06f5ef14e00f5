#include "cli/verify/repair.hpp"

#include "lib/codec/fact_block.hpp"
#include "lib/codec/watch_codec.hpp"
#include "lib/domain/record_views.hpp"

namespace cw::cli {
namespace {

/// Fills blocks of facts.
class Blocks {
 public:
  Blocks(const RepairPlace& place, std::vector<kafka::OutRecord>& out) : place_(place), out_(out) {}

  void add(const Fact& fact, bool retracted) {
    writer_.add(view_of(fact), retracted);
    if (writer_.bytes() >= codec::kFactBlockBytesMax) flush();
  }

  void flush() {
    if (writer_.empty()) return;
    out_.push_back({place_.matches, "", std::string(writer_.finish()), place_.partition});
    writer_.clear();
  }

 private:
  const RepairPlace& place_;
  std::vector<kafka::OutRecord>& out_;
  codec::FactBlockWriter writer_;
};

}  // namespace

RepairCounts count_repairs(std::span<const CardDifference> repairs) {
  RepairCounts counts;
  for (const auto& repair : repairs) {
    counts.facts += repair.changed.size();
    counts.retractions += repair.retracted.size();
    counts.watch_changes += repair.watch.size();
  }
  return counts;
}

std::vector<kafka::OutRecord> repair_records(std::span<const CardDifference> repairs,
                                             const RepairPlace& place) {
  std::vector<kafka::OutRecord> out;
  Blocks blocks{place, out};
  for (const auto& repair : repairs) {
    for (const auto& fact : repair.retracted) blocks.add(fact, /*retracted=*/true);
    for (const auto& fact : repair.changed) blocks.add(fact, /*retracted=*/false);
  }
  blocks.flush();
  for (const auto& repair : repairs) {
    for (const auto& change : repair.watch) {
      const auto& issuer = change.entry.issuer;
      out.push_back({place.watchlist,
                     codec::watch_key(issuer, change.entry.card),
                     codec::encode(change),
                     kafka::partition_of(issuer.get(), place.watchlist_partitions)});
    }
  }
  return out;
}

}  // namespace cw::cli
