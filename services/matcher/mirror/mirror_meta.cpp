#include "matcher/mirror/mirror_meta.hpp"

#include <bit>
#include <cstring>
#include <type_traits>

namespace cw::matcher {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they are");

constexpr std::string_view kMagic = "cwmirror1";

template <class Number>
void put(std::string& to, Number number) {
  static_assert(std::is_integral_v<Number>);
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::string& to, std::string_view text) {
  put(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

template <class Number>
bool take(std::string_view& from, Number& number) {
  if (from.size() < sizeof number) return false;
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return true;
}

bool take_text(std::string_view& from, std::string& text) {
  std::uint32_t size = 0;
  if (!take(from, size) || size > from.size()) return false;
  text = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}

bool take_positions(std::string_view& from, StatePositions& positions) {
  std::uint32_t count = 0;
  if (!take(from, count)) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    StatePosition position;
    if (!take_text(from, position.topic) || !take(from, position.offset)) return false;
    positions.push_back(std::move(position));
  }
  return true;
}

}  // namespace

std::string encode(const MirrorMeta& meta) {
  std::string bytes(kMagic);
  put(bytes, meta.format);
  put(bytes, meta.rules);
  put(bytes, meta.partitions);
  put_text(bytes, meta.origin);
  put(bytes, std::int64_t{meta.saved_at.time_since_epoch().count()});
  put(bytes, static_cast<std::uint8_t>(meta.unfinished ? 1 : 0));
  put(bytes, static_cast<std::uint32_t>(meta.positions.size()));
  for (const StatePosition& position : meta.positions) {
    put_text(bytes, position.topic);
    put(bytes, position.offset);
  }
  return bytes;
}

std::optional<MirrorMeta> decode_meta(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  bytes.remove_prefix(kMagic.size());
  MirrorMeta meta;
  std::int64_t saved_at = 0;
  std::uint8_t unfinished = 0;
  const bool whole = take(bytes, meta.format) && take(bytes, meta.rules) &&
                     take(bytes, meta.partitions) && take_text(bytes, meta.origin) &&
                     take(bytes, saved_at) && take(bytes, unfinished) &&
                     take_positions(bytes, meta.positions) && bytes.empty();
  if (!whole) return std::nullopt;
  meta.saved_at = Instant(std::chrono::milliseconds(saved_at));
  meta.unfinished = unfinished != 0;
  return meta;
}

}  // namespace cw::matcher
