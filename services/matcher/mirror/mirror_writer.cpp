#include "matcher/mirror/mirror_writer.hpp"

#include "matcher/mirror/card_page.hpp"

#include <algorithm>

namespace cw::matcher {
namespace {

std::string numbered(std::string_view prefix, std::uint32_t number) {
  std::string key(prefix);
  for (unsigned shift = 32; shift > 0; shift -= 8U) {
    key.push_back(static_cast<char>((number >> (shift - 8U)) & 0xFFU));
  }
  return key;
}

std::uint64_t order_of(const CardRef& card) {
  std::uint64_t order = 0;
  for (std::size_t i = 0; i < 8; ++i) order = (order << 8U) | card.bytes[i];
  return order;
}

constexpr unsigned kPageShift = 64 - 12;

}  // namespace

void MirrorWriter::symbol(std::uint32_t id, std::string_view text) {
  batch_.put(numbered(kSymbolPrefix, id), text);
}

void MirrorWriter::control(std::uint32_t number, std::string_view json) {
  batch_.put(numbered(kControlPrefix, number), json);
}

void MirrorWriter::card(const CardRef& card, std::string_view blob) {
  const std::size_t at = cards_.size();
  append_card(cards_, card, blob);
  add(card, at);
}

void MirrorWriter::erased(const CardRef& card) {
  const std::size_t at = cards_.size();
  append_erased(cards_, card);
  add(card, at);
}

void MirrorWriter::add(const CardRef& card, std::size_t at) {
  entries_.push_back({order_of(card), at, cards_.size() - at});
  if (cards_.size() >= batch_bytes_) spill();
}

Status MirrorWriter::finish() {
  move_cards_to_batch();
  meta_.unfinished = false;
  batch_.put(kMetaKey, encode(meta_));
  if (written_) written_ = store_.write(batch_);
  return written_;
}

void MirrorWriter::spill() {
  move_cards_to_batch();
  MirrorMeta open = meta_;
  open.unfinished = true;
  batch_.put(kMetaKey, encode(open));
  if (written_) written_ = store_.write(batch_);
  batch_.clear();
}

void MirrorWriter::move_cards_to_batch() {
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    if (a.order != b.order) return a.order < b.order;
    const auto ref_a = record(a).substr(0, 16);
    const auto ref_b = record(b).substr(0, 16);
    return ref_a != ref_b ? ref_a < ref_b : a.at < b.at;
  });
  std::string page;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const bool last = i + 1 == entries_.size();
    const bool again =
        !last && record(entries_[i]).substr(0, 16) == record(entries_[i + 1]).substr(0, 16);
    if (!again) page += record(entries_[i]);
    const std::uint64_t number = entries_[i].order >> kPageShift;
    if (last || entries_[i + 1].order >> kPageShift != number) {
      std::string key(kCardPrefix);
      key.push_back(static_cast<char>(number >> 8U));
      key.push_back(static_cast<char>(number & 0xFFU));
      batch_.merge(key, page);
      page.clear();
    }
  }
  entries_.clear();
  cards_.clear();
}

std::string_view MirrorWriter::record(const Entry& entry) const {
  return std::string_view(cards_).substr(entry.at, entry.size);
}

}  // namespace cw::matcher
