#include "notifier/pull/snapshot_source.hpp"

#include "notifier/reconcile/bucket_reader.hpp"
#include "notifier/sealed_batch.hpp"

#include <iterator>
#include <utility>

namespace cw::notifier {

SnapshotSource::SnapshotSource(const BatchBuilder& builder,
                               std::shared_ptr<BuildGate> gate,
                               Plan plan)
    : builder_(builder), gate_(std::move(gate)), plan_(std::move(plan)) {}

http::Task<Result<std::string_view>> SnapshotSource::next() {
  if (parts_.empty() && bucket_ == plan_.buckets.size()) co_return std::string_view{};
  std::unique_ptr<BuildGate::Turn> turn;
  if (gate_) turn = co_await gate_->enter();
  if (parts_.empty()) {
    const auto loaded = co_await load();
    if (!loaded) co_return loaded.error();
  }
  auto sealed = seal(parts_.front());
  if (!sealed) co_return std::move(sealed).error();
  parts_.pop_front();
  line_ = std::move(sealed).value();
  line_ += '\n';
  co_return std::string_view{line_};
}

/// The next bucket, and those right behind it as long as all of them fit into one batch.
http::Task<Status> SnapshotSource::load() {
  std::vector<BatchBuilder::Opened> cards;
  auto range = range_of(plan_.buckets[bucket_]);
  for (;;) {
    auto more = co_await open_bucket(builder_, *plan_.feed, plan_.buckets[bucket_], plan_.at);
    if (!more) co_return std::move(more).error();
    for (auto& card : more.value()) cards.push_back(std::move(card));
    range.through = range_of(plan_.buckets[bucket_]).through;
    ++bucket_;
    const bool next_to_it = bucket_ < plan_.buckets.size() &&
                            range_of(plan_.buckets[bucket_]).from == range.through + 1;
    if (!next_to_it || cards.size() >= plan_.limits.entries_max) break;
  }
  auto parts = cut(range, std::move(cards), plan_.limits);
  parts_.assign(std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
  co_return Ok{};
}

Result<std::string> SnapshotSource::seal(const RepairPart& part) const {
  std::vector<Sensitive> texts;
  texts.reserve(part.entries.size());
  for (const auto& entry : part.entries) texts.push_back(entry.text);
  return sealed_batch(plan_.key,
                      {.issuer = plan_.feed->issuer(),
                       .epoch = plan_.epoch,
                       .batch = fresh_batch_id(),
                       .after = 0,
                       .through = plan_.at,
                       .more = parts_.size() > 1 || bucket_ < plan_.buckets.size(),
                       .replaces = part.replaces,
                       .snapshot = plan_.snapshot},
                      texts);
}

}  // namespace cw::notifier
