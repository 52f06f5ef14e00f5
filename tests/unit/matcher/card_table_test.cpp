#include "matcher/state/card_table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>

namespace cw::matcher {
namespace {

using Cards = std::map<CardRef, std::string>;

std::uint64_t base_seed() {
  const char* text = std::getenv("CW_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 20090911;
}

/// Cards that crowd in few slots of the index, so that most are not where they belong.
CardRef crowded_card(std::uint32_t number) {
  CardRef card;
  card.bytes[0] = static_cast<std::uint8_t>(number % 4);
  card.bytes[7] = static_cast<std::uint8_t>(number);
  card.bytes[8] = static_cast<std::uint8_t>(number % 3);
  card.bytes[15] = static_cast<std::uint8_t>(number >> 8U);
  return card;
}

CardHeader header_of(const CardRef& card) {
  CardHeader header;
  header.card = card;
  return header;
}

Cards content(const CardTable& table) {
  Cards cards;
  table.for_each([&](CardBlob card) { cards[card.header().card] = card.items(); });
  return cards;
}

// Goal: the table is a map with batches. Method: the same random steps on a std::map.
TEST(CardTable, HoldsWhatAMapWouldThroughCommitsAndRollbacks) {
  const auto seed = base_seed();
  std::cout << "CW_SEED=" << seed << '\n';
  std::mt19937_64 random{seed};
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  CardTable table;
  table.track_unsaved(true);
  Cards committed;
  Cards now;
  Cards saved;
  for (int step = 0; step < 20'000; ++step) {
    const auto card = crowded_card(below(1'500));
    const std::string item(1 + below(90), static_cast<char>('a' + below(26)));
    switch (below(20)) {
      case 0:
        table.commit();
        committed = now;
        break;
      case 1:
        table.rollback();
        now = committed;
        break;
      case 2:
        table.replace(header_of(card), item);
        now[card] = item;
        break;
      case 3:
        table.commit();
        committed = now;
        table.take_unsaved([&](CardBlob one) { saved[one.header().card] = one.items(); });
        ASSERT_EQ(saved, committed);
        break;
      default: {
        auto header = header_of(card);
        if (const auto held = table.find(card)) header = held->header();
        table.append(header, item);
        now[card] += item;
      }
    }
    if (step % 500 != 0) continue;
    ASSERT_EQ(content(table), now);
    ASSERT_EQ(table.size(), now.size());
    for (std::uint32_t number = 0; number < 1'500; ++number) {
      ASSERT_EQ(table.find(crowded_card(number)).has_value(), now.contains(crowded_card(number)));
    }
  }
}

TEST(CardTable, LoadsWhatItHandedOut) {
  CardTable table;
  for (std::uint32_t number = 0; number < 3'000; ++number) {
    table.append(header_of(crowded_card(number)), std::to_string(number));
  }
  table.commit();
  CardTable loaded;
  loaded.reserve(table.size());
  table.for_each([&](CardBlob card) { loaded.load(card.bytes()); });
  EXPECT_EQ(content(loaded), content(table));
}

TEST(CardHeader, AHintHoldsFromTheNextFullSecondOn) {
  const auto at = Instant{std::chrono::milliseconds{1'253'000'000'001}};
  CardHeader header;
  EXPECT_FALSE(header.reported_since(at));
  header.fraud_from = CardHeader::second_from(at);
  EXPECT_FALSE(header.reported_since(at - std::chrono::milliseconds{1}));
  EXPECT_FALSE(header.reported_since(at));
  EXPECT_TRUE(header.reported_since(at + std::chrono::milliseconds{999}));
  EXPECT_EQ(CardHeader::second_from(Instant{std::chrono::milliseconds{-1}}), 0U);
  EXPECT_EQ(CardHeader::second_from(Instant{std::chrono::seconds{-1}}), CardHeader::kNever);
}

}  // namespace
}  // namespace cw::matcher
