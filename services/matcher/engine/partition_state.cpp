#include "matcher/engine/partition_state.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/crypto/feed_digest.hpp"

#include <utility>

namespace cw::matcher {

PartitionState::PartitionState()
    : plan_(std::make_unique<ControlPlan>(Control{}, symbols_)),
      writer_(symbols_),
      watch_(symbols_) {}

PartitionState::~PartitionState() = default;

void PartitionState::commit() {
  cards_.commit();
  if (std::exchange(hints_stale_, false)) cards_.forget_hints();
  committed_plan_.reset();
  control_committed_ = control_log_.size();
  if (std::exchange(ranges_changed_, false)) {
    recount(*plan_);
  } else {
    unassigned_ =
        static_cast<std::size_t>(static_cast<std::ptrdiff_t>(unassigned_) + unassigned_change_);
  }
  unassigned_change_ = 0;
}

void PartitionState::rollback() {
  cards_.rollback();
  if (committed_plan_) plan_ = std::move(committed_plan_);
  control_log_.resize(control_committed_);
  ranges_changed_ = false;
  unassigned_change_ = 0;
}

void PartitionState::changes(StateSink& sink) {
  for (; symbols_saved_ < symbols_.size(); ++symbols_saved_) {
    const auto symbol = static_cast<Symbol>(symbols_saved_);
    sink.symbol(symbol, symbols_.text(symbol));
  }
  for (; control_saved_ < control_committed_; ++control_saved_) {
    sink.control(static_cast<std::uint32_t>(control_saved_), control_log_[control_saved_]);
  }
  cards_.take_unsaved([&](CardBlob card) { sink.card(card.header().card, card.bytes()); });
}

void PartitionState::everything(StateSink& sink) {
  symbols_saved_ = 0;
  control_saved_ = 0;
  changes(sink);
  cards_.for_each([&](CardBlob card) { sink.card(card.header().card, card.bytes()); });
}

bool PartitionState::load_symbol(std::uint32_t id, std::string_view text) {
  // Number 0 is there from the start.
  if (id < symbols_.size()) return symbols_.text(id) == text;
  symbols_saved_ = id + 1UL;
  return symbols_.intern(text) == id;
}

bool PartitionState::load_control(std::uint32_t number, std::string_view json) {
  auto record = codec::decode_control(json);
  if (!record || number != control_log_.size()) return false;
  restore(record.value());
  control_saved_ = control_committed_ = control_log_.size();
  return control_log_.size() == number + 1UL;
}

bool PartitionState::load_card(const CardRef& card, std::string_view blob) {
  if (blob.size() < sizeof(CardHeader)) return false;
  const auto header = CardBlob{blob.data()}.header();
  if (header.bytes != blob.size() || header.card != card) return false;
  cards_.load(blob);
  return true;
}

std::string PartitionState::hash() const {
  crypto::FeedDigest digest;
  std::vector<AttributeView> attributes;
  cards_.for_each([&](CardBlob card) {
    const auto header = card.header();
    ItemCursor cursor{card.items()};
    for (Item item; cursor.next(item);) {
      if (item.kind == ItemKind::kAnswer) {
        digest.add_entry(codec::encode(read_answer(item.body, header.card, symbols_)));
      } else if (item.kind == ItemKind::kReport) {
        const auto report = read_report(item.body, header.card, header.iin, symbols_);
        digest.add_entry(codec::encode(to_report(report)));
      } else {
        const auto stored = read_exposure(item.body, header.iin);
        digest.add_entry(codec::encode(
            to_exposure(matcher::view_of(stored, header.card, symbols_, attributes))));
      }
    }
  });
  // Of control what stands counts, not what it replaced.
  const auto& control = plan_->control();
  for (const auto* issuer : control.issuers())
    digest.add_entry(codec::encode(ControlRecord{*issuer}));
  for (const auto* incident : control.incidents()) {
    digest.add_entry(codec::encode(ControlRecord{*incident}));
    for (const auto* scope : control.scopes(incident->id)) {
      digest.add_entry(codec::encode(ControlRecord{*scope}));
    }
  }
  return digest.hex();
}

}  // namespace cw::matcher
