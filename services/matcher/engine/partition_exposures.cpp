#include "matcher/engine/partition_state.hpp"

#include <algorithm>
#include <tuple>

namespace cw::matcher {

Status PartitionState::exposure(const ExposureView& exposure,
                                std::size_t source,
                                MatchOutput& output) {
  return fold(exposure, source, &output);
}

void PartitionState::restore(const ExposureView& exposure) {
  static_cast<void>(fold(exposure, 0, nullptr));
}

Status PartitionState::fold(const ExposureView& exposure, std::size_t source, MatchOutput* output) {
  const auto card = cards_.find(exposure.card);
  auto header = header_of(card, exposure.card, exposure.iin);
  const auto items = card ? card->items() : std::string_view{};
  const auto item = writer_.write(exposure, header.iin);
  const bool unusual = header.exposures >= CardInputs::kExposuresMax ||
                       holds(items, writer_.body()) ||
                       header.bytes + item.size() > CardTable::kCardBytesMax;
  if (unusual || (output != nullptr && (header.reports > 0 || header.released != 0))) {
    return fold_generally(to_exposure(exposure), header, source, output);
  }
  if (output == nullptr) {
    header.fraud_from = CardHeader::kNever;
  } else {
    list_exposures(items, header.iin);
    const auto* before = watch_.derive(exposures_, {}, *plan_);
    exposures_.push_back(read_exposure(writer_.body(), header.iin));
    sort_exposures();
    const auto* after = watch_.derive(exposures_, {}, *plan_);
    if (auto status = put_change(before, after, header.card, *output); !status) return status;
  }
  ++header.exposures;
  if (header.exposures == 1 && is_unassigned(header, *plan_)) ++unassigned_change_;
  cards_.append(header, item);
  return Ok{};
}

// Whether the card has a record of that identity.
bool PartitionState::holds(std::string_view items, std::string_view exposure) {
  const auto identity = exposure_identity(exposure);
  ItemCursor cursor{items};
  for (Item held; cursor.next(held);) {
    if (held.kind == ItemKind::kExposure && held.body.starts_with(identity)) return true;
  }
  return false;
}

void PartitionState::list_exposures(std::string_view items, Iin iin) {
  exposures_.clear();
  ItemCursor cursor{items};
  for (Item held; cursor.next(held);) {
    if (held.kind == ItemKind::kExposure) exposures_.push_back(read_exposure(held.body, iin));
  }
  sort_exposures();
}

void PartitionState::sort_exposures() {
  if (exposures_.size() < 2) return;
  std::sort(exposures_.begin(), exposures_.end(), [this](const auto& a, const auto& b) {
    return std::tuple{symbols_.text(a.incident), symbols_.text(a.file), a.record} <
           std::tuple{symbols_.text(b.incident), symbols_.text(b.file), b.record};
  });
}

// The same as difference() says of entries.
Status PartitionState::put_change(const EntryPlan* before,
                                  const EntryPlan* after,
                                  const CardRef& card,
                                  MatchOutput& output) {
  if (before == nullptr && after == nullptr) return Ok{};
  if (before != nullptr && after != nullptr && *before == *after) return Ok{};
  const bool moves = before != nullptr && after != nullptr && before->issuer != after->issuer;
  if (before != nullptr && (after == nullptr || moves)) {
    change_.op = FeedOp::kDelt;
    change_.entry = {};
    change_.entry.issuer = IssuerId{std::string{before->issuer}};
    change_.entry.card = card;
    change_.entry.expiry = before->expiry;
    change_.entry.sealed_pan.assign(before->sealed_pan);
    change_.entry.file_key.assign(symbols_.text(before->file_key));
    if (auto status = output.watch(change_); !status) return status;
  }
  if (after == nullptr) return Ok{};
  change_.op = before != nullptr && !moves ? FeedOp::kUpdt : FeedOp::kAddd;
  watch_.fill(*after, card, change_.entry);
  return output.watch(change_);
}

}  // namespace cw::matcher
