#include "notifier/store/feed_keys.hpp"

#include <cstring>

namespace cw::notifier {
namespace {

constexpr std::size_t kHeadBytes = 1 + sizeof(FeedNumber);

template <class Number>
void put_big(std::string& to, Number number) {
  for (std::size_t shift = sizeof number * 8; shift > 0; shift -= 8) {
    to.push_back(static_cast<char>(static_cast<std::uint8_t>(number >> (shift - 8))));
  }
}

std::string head(Shelf shelf, FeedNumber feed) {
  std::string made;
  made.reserve(kHeadBytes + 17);
  made.push_back(static_cast<char>(shelf));
  put_big(made, feed);
  return made;
}

void put_card(std::string& to, const CardRef& card) {
  to.append(reinterpret_cast<const char*>(card.bytes.data()), card.bytes.size());
}

}  // namespace

std::string key(Shelf shelf) {
  return {static_cast<char>(shelf)};
}

std::string key(Shelf shelf, std::string_view text) {
  std::string made = key(shelf);
  made += text;
  return made;
}

std::string key(Shelf shelf, FeedNumber feed, std::uint64_t seq) {
  std::string made = head(shelf, feed);
  put_big(made, seq);
  return made;
}

std::string key(Shelf shelf, FeedNumber feed, const CardRef& card) {
  std::string made = head(shelf, feed);
  put_card(made, card);
  return made;
}

std::string key(Shelf shelf, FeedNumber feed, std::uint8_t bucket) {
  std::string made = head(shelf, feed);
  made.push_back(static_cast<char>(bucket));
  return made;
}

std::string key(Shelf shelf, FeedNumber feed, std::uint8_t bucket, const CardRef& card) {
  std::string made = key(shelf, feed, bucket);
  put_card(made, card);
  return made;
}

std::string end_key(Shelf shelf, FeedNumber feed) {
  return head(shelf, feed + 1);
}

std::optional<std::uint64_t> seq_of(std::string_view key) noexcept {
  if (key.size() != kHeadBytes + sizeof(std::uint64_t)) return std::nullopt;
  std::uint64_t seq = 0;
  for (const char byte : key.substr(kHeadBytes)) {
    seq = (seq << 8U) | static_cast<std::uint8_t>(byte);
  }
  return seq;
}

std::optional<CardRef> card_of(std::string_view key) noexcept {
  CardRef card;
  if (key.size() < card.bytes.size()) return std::nullopt;
  std::memcpy(card.bytes.data(), key.end() - card.bytes.size(), card.bytes.size());
  return card;
}

std::optional<std::uint8_t> bucket_of_key(std::string_view key) noexcept {
  if (key.size() <= kHeadBytes) return std::nullopt;
  return static_cast<std::uint8_t>(key[kHeadBytes]);
}

}  // namespace cw::notifier
