#include "notifier/set_aside_retry.hpp"

#include "notifier/message_batch.hpp"

#include <array>
#include <utility>
#include <vector>

namespace cw::notifier {

http::Task<Result<std::optional<BuiltBatch>>> SetAsideRetry::next(ExtraPlace place) {
  for (;;) {
    auto first = feed_->set_aside(1, after_);
    if (first.empty()) co_return std::optional<BuiltBatch>{};
    const std::array pending = {std::move(first.front().entry)};
    auto opened = builder_.open(place.issuer, pending);
    if (!opened) co_return opened.error();
    if (opened.value().empty()) {
      after_ = first.front().mark.seq;
      ++figures_.unsendable;
      continue;
    }
    BatchBuilder::Opened& card = opened.value().front();
    codec::FeedBatchHead head{.issuer = place.issuer, .batch = {}, .through = place.through};
    head.replaces = codec::PositionRange{card.position, card.position};
    std::vector<Sensitive> texts;
    // A removal: nothing is left in the range.
    if (pending.front().entry.op != FeedOp::kDelt) texts.push_back(std::move(card.text));
    auto batch = message_batch(place, std::move(head), texts);
    if (!batch) co_return batch.error();
    offered_ = card.entry;
    co_return std::optional<BuiltBatch>{std::move(batch).value()};
  }
}

void SetAsideRetry::answered(const PushOutcome& outcome) {
  if (!offered_) return;
  after_ = offered_->seq;
  ++figures_.offered;
  bool taken = outcome.event.kind == DeliveryEvent::Kind::kAccepted;
  for (const auto& rejection : outcome.answer.rejected) {
    if (rejection.seq == offered_->seq) taken = false;
  }
  if (taken) {
    feed_->advance(feed_->figures().through, std::array{*offered_});
    ++figures_.taken;
  } else {
    ++figures_.refused;
  }
  offered_.reset();
}

}  // namespace cw::notifier
