#pragma once

#include "lib/domain/fact.hpp"
#include "lib/domain/watch.hpp"
#include "lib/kafka/record.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace cw::cli {

/// What readers hold of one card.
struct EmittedCard {
  std::vector<Fact> facts;          ///< By id.
  std::vector<WatchEntry> entries;  ///< By issuer; more than one is wrong.
};

/// What readers of the outputs hold of the cards of one partition: of each fact its last word, of
/// each issuer and card the newest entry. THREAD: not safe.
class EmittedOutputs {
 public:
  /// Records whose place in the topics is kept, of those that are worth a look.
  static constexpr std::size_t kPlacesMax = 20;

  struct Counts {
    std::uint64_t facts = 0;             ///< Written: new and changed ones and retractions.
    std::uint64_t facts_repeated = 0;    ///< Of these: did not change what readers hold.
    std::uint64_t entries = 0;           ///< Written, removals included.
    std::uint64_t entries_repeated = 0;  ///< Of these: did not change what readers hold.
    std::uint64_t unreadable = 0;        ///< Records that no reader can use.
  };

  /// `partition` of `partitions` of matches.v1; entries of other partitions' cards are passed over.
  EmittedOutputs(std::int32_t partition, std::int32_t partitions)
      : partition_(partition), partitions_(partitions) {}

  /// A record of matches.v1, and one of watchlist.v1; in the order of their partitions.
  void matches(const kafka::RecordView& record);
  void watchlist(const kafka::RecordView& record);

  [[nodiscard]] std::unordered_map<CardRef, EmittedCard>& cards() noexcept { return cards_; }
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  /// "topic/partition/offset" of the first unreadable records and repeated facts.
  [[nodiscard]] const std::vector<std::string>& unreadable_at() const noexcept {
    return unreadable_at_;
  }
  [[nodiscard]] const std::vector<std::string>& repeated_at() const noexcept {
    return repeated_at_;
  }

 private:
  /// False: readers held it already.
  bool put(Fact fact);
  bool retract(const Fact& fact);
  bool put(WatchEntry entry);
  void remove(const CardRef& card, const IssuerId& issuer);

  std::int32_t partition_;
  std::int32_t partitions_;
  std::unordered_map<CardRef, EmittedCard> cards_;
  Counts counts_;
  std::vector<std::string> unreadable_at_;
  std::vector<std::string> repeated_at_;
};

}  // namespace cw::cli
