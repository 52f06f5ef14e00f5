#include "matcher/engine/partition_state.hpp"

namespace cw::matcher {

Status PartitionState::answer(const IssuerAnswer& answer, std::size_t source, MatchOutput& output) {
  return fold(answer, source, &output);
}

void PartitionState::restore(const IssuerAnswer& answer) {
  static_cast<void>(fold(answer, 0, nullptr));
}

// No fact follows from an answer, so the header's hints stay true.
Status PartitionState::fold(const IssuerAnswer& answer, std::size_t source, MatchOutput* output) {
  const auto card = cards_.find(answer.card);
  const auto header = header_of(card, answer.card, card ? card->header().iin : Iin{0});
  auto inputs = card ? inputs_of(*card, {}) : CardInputs{};
  const bool decides = output != nullptr && header.exposures > 0 &&
                       (header.released != 0 || releases(answer.status));
  CardResult before;
  if (decides) before = derive(inputs, plan_->control());
  const auto added = inputs.add(answer);
  if (!added) return output == nullptr ? Status{Ok{}} : output->refused(source, added.error());
  if (added.value() == CardInputs::Added::kRepeat) return Ok{};
  rewrite(header, inputs);
  return decides ? put_difference(before, derive(inputs, plan_->control()), *output) : Status{Ok{}};
}

}  // namespace cw::matcher
