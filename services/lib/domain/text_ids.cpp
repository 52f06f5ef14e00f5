#include "lib/domain/text_ids.hpp"

#include "lib/base/assert.hpp"

#include <functional>

namespace cw {
namespace {

constexpr std::size_t kSlotsMin = 64;

std::size_t hash_of(std::uint32_t scope, std::string_view text) noexcept {
  return std::hash<std::string_view>{}(text) ^ (scope * std::size_t{0x9E3779B97F4A7C15});
}

}  // namespace

std::string_view TextIds::text(std::uint32_t id) const noexcept {
  const auto from = id == 0 ? 0 : entries_[id - 1].end;
  return std::string_view{bytes_}.substr(from, entries_[id].end - from);
}

std::size_t TextIds::slot_of(std::uint32_t scope, std::string_view text) const noexcept {
  const auto mask = slots_.size() - 1;
  auto slot = hash_of(scope, text) & mask;
  while (slots_[slot] != kNone) {
    const auto id = slots_[slot];
    if (entries_[id].scope == scope && this->text(id) == text) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::uint32_t TextIds::find(std::uint32_t scope, std::string_view text) const noexcept {
  return slots_.empty() ? kNone : slots_[slot_of(scope, text)];
}

std::uint32_t TextIds::add(std::uint32_t scope, std::string_view text) {
  if (entries_.size() * 2 >= slots_.size()) grow();
  auto& slot = slots_[slot_of(scope, text)];
  if (slot != kNone) return slot;
  CW_ASSERT(entries_.size() < kNone);
  bytes_ += text;
  entries_.push_back({bytes_.size(), scope});
  slot = static_cast<std::uint32_t>(entries_.size() - 1);
  return slot;
}

void TextIds::grow() {
  slots_.assign(slots_.empty() ? kSlotsMin : slots_.size() * 2, kNone);
  for (std::uint32_t id = 0; id < entries_.size(); ++id) {
    slots_[slot_of(entries_[id].scope, text(id))] = id;
  }
}

}  // namespace cw
