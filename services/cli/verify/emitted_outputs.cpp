#include "cli/verify/emitted_outputs.hpp"

#include "lib/codec/fact_block.hpp"
#include "lib/codec/watch_codec.hpp"

#include <algorithm>
#include <utility>

namespace cw::cli {
namespace {

constexpr std::size_t kCardHexLength = 32;

void note(std::vector<std::string>& places, const kafka::RecordView& record) {
  if (places.size() >= EmittedOutputs::kPlacesMax) return;
  places.push_back(std::string(record.topic) + "/" + std::to_string(record.partition) + "/" +
                   std::to_string(record.offset));
}

auto place_of(std::vector<Fact>& facts, const FactId& id) {
  return std::lower_bound(
      facts.begin(), facts.end(), id, [](const Fact& a, const FactId& b) { return a.id < b; });
}

auto place_of(std::vector<WatchEntry>& entries, const IssuerId& issuer) {
  return std::lower_bound(
      entries.begin(), entries.end(), issuer, [](const WatchEntry& a, const IssuerId& b) {
        return a.issuer < b;
      });
}

}  // namespace

void EmittedOutputs::matches(const kafka::RecordView& record) {
  const auto visited = codec::decode_facts(record.value, [&](codec::FactMessage&& message) {
    ++counts_.facts;
    const bool news = message.retracted ? retract(message.fact) : put(std::move(message.fact));
    if (news) return;
    ++counts_.facts_repeated;
    note(repeated_at_, record);
  });
  if (visited) return;
  ++counts_.unreadable;
  note(unreadable_at_, record);
}

void EmittedOutputs::watchlist(const kafka::RecordView& record) {
  const auto cut = record.key.size() - std::min(record.key.size(), kCardHexLength);
  if (kafka::partition_of(record.key.substr(cut), partitions_) != partition_) return;
  if (record.tombstone) {
    // Nobody writes them; they remove what the key says.
    const auto card = CardRef::from_hex(record.key.substr(cut));
    if (card && cut > 0) {
      remove(card.value(), IssuerId{std::string(record.key.substr(0, cut - 1))});
    }
    return;
  }
  auto change = codec::decode_watch(record.value);
  if (!change ||
      codec::watch_key(change.value().entry.issuer, change.value().entry.card) != record.key) {
    ++counts_.unreadable;
    return note(unreadable_at_, record);
  }
  ++counts_.entries;
  auto& entry = change.value().entry;
  // What a removal removes may have been compacted away: that is no repeat.
  if (change.value().op == FeedOp::kDelt) return remove(entry.card, entry.issuer);
  if (!put(std::move(entry))) ++counts_.entries_repeated;
}

bool EmittedOutputs::put(Fact fact) {
  auto& facts = cards_[fact.card].facts;
  const auto place = place_of(facts, fact.id);
  if (place == facts.end() || place->id != fact.id) {
    facts.insert(place, std::move(fact));
    return true;
  }
  if (*place == fact) return false;
  *place = std::move(fact);
  return true;
}

bool EmittedOutputs::retract(const Fact& fact) {
  const auto card = cards_.find(fact.card);
  if (card == cards_.end()) return false;
  auto& facts = card->second.facts;
  const auto place = place_of(facts, fact.id);
  if (place == facts.end() || place->id != fact.id) return false;
  facts.erase(place);
  return true;
}

bool EmittedOutputs::put(WatchEntry entry) {
  auto& entries = cards_[entry.card].entries;
  const auto place = place_of(entries, entry.issuer);
  if (place == entries.end() || place->issuer != entry.issuer) {
    entries.insert(place, std::move(entry));
    return true;
  }
  if (*place == entry) return false;
  *place = std::move(entry);
  return true;
}

void EmittedOutputs::remove(const CardRef& card, const IssuerId& issuer) {
  const auto found = cards_.find(card);
  if (found == cards_.end()) return;
  auto& entries = found->second.entries;
  const auto place = place_of(entries, issuer);
  if (place != entries.end() && place->issuer == issuer) entries.erase(place);
}

}  // namespace cw::cli
