// What issuers' answers about a card do to its entry, input by input.
#include "domain_samples.hpp"
#include "lib/codec/report_codec.hpp"
#include "state_recorder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cw::matcher {
namespace {

/// A card of jcb-a in the file, with a report on it, and what readers hold of it.
struct AnsweredCard {
  AnsweredCard() {
    put(ControlRecord{test::issuer("jcb-a", {"3569"})});
    put(ControlRecord{test::incident()});
    put(test::record());
    auto report = test::report();
    report.content_hash = codec::content_hash(report);
    put(report);
  }

  void put(const Input& input) {
    EXPECT_TRUE(fold(state, input, recorder));
    state.commit();
    recorder.commit();
  }

  /// `number` says when and which entry it answers.
  void answer(std::string_view issuer, CardStatus status, std::uint32_t number) {
    put(IssuerAnswer{.issuer = IssuerId{std::string{issuer}},
                     .card = test::card(1),
                     .seq = number,
                     .status = status,
                     .received_at = test::at("2009-08-01T00:00:00Z") + std::chrono::hours{number}});
  }

  [[nodiscard]] std::vector<IssuerId> watching() const {
    std::vector<IssuerId> issuers;
    for (const auto& [key, entry] : recorder.readers.entries) issuers.push_back(key.first);
    return issuers;
  }

  PartitionState state;
  Recorder recorder;
};

TEST(PartitionState, AnswersOfTheCardsIssuerReleaseItAndTakeThatBack) {
  const std::vector<IssuerId> nobody;
  const std::vector<IssuerId> jcb{test::kJcb};
  AnsweredCard card;
  const auto facts = card.recorder.readers.facts;
  const auto entries = card.recorder.readers.entries;
  EXPECT_EQ(card.watching(), jcb);
  card.answer("jcb-a", CardStatus::kMonitored, 1);
  card.answer("jcb-a", CardStatus::kBlocked, 2);
  EXPECT_EQ(card.watching(), jcb);
  card.answer("jcb-a", CardStatus::kReissued, 5);
  EXPECT_EQ(card.watching(), nobody);
  card.answer("jcb-a", CardStatus::kMonitored, 4);
  EXPECT_EQ(card.watching(), nobody) << "an older answer";
  card.answer("jcb-a", CardStatus::kMonitored, 6);
  EXPECT_EQ(card.recorder.readers.entries, entries);
  card.answer("jcb-a", CardStatus::kClosed, 7);
  EXPECT_EQ(card.watching(), nobody);
  EXPECT_EQ(card.recorder.readers.facts, facts);
  EXPECT_EQ(card.recorder.wrong_operations, 0);
}

TEST(PartitionState, AnswersOfOtherIssuersCountOnceTheRangeMovesTheCardToThem) {
  AnsweredCard card;
  card.answer("visa-b", CardStatus::kClosed, 1);
  EXPECT_EQ(card.watching(), std::vector<IssuerId>{test::kJcb});
  card.put(ControlRecord{test::issuer("visa-b", {"356999"})});
  EXPECT_TRUE(card.watching().empty());
  card.answer("jcb-a", CardStatus::kReissued, 2);
  card.answer("visa-b", CardStatus::kMonitored, 3);
  EXPECT_EQ(card.watching(), std::vector<IssuerId>{IssuerId{"visa-b"}});
  auto without = test::issuer("visa-b", {"4"});
  without.version = 2;
  card.put(ControlRecord{without});
  EXPECT_TRUE(card.watching().empty());
  EXPECT_EQ(card.recorder.wrong_operations, 0);
}

TEST(PartitionState, AnAnswerThatComesBeforeItsCardIsKept) {
  PartitionState state;
  Recorder recorder;
  const IssuerAnswer answer{.issuer = test::kJcb,
                            .card = test::card(1),
                            .seq = 1,
                            .status = CardStatus::kReissued,
                            .received_at = test::at("2009-08-01T00:00:00Z")};
  for (const Input& input : std::vector<Input>{answer,
                                               test::record(),
                                               ControlRecord{test::issuer("jcb-a", {"3569"})},
                                               ControlRecord{test::incident()}}) {
    ASSERT_TRUE(fold(state, input, recorder));
    state.commit();
  }
  EXPECT_EQ(recorder.pending(), 0U);
  EXPECT_EQ(state.cards(), 1U);
  EXPECT_EQ(state.unassigned(), 0U) << "the answer said no number, the record did";
}

TEST(PartitionState, AnswersOfTooManyIssuersAreRefused) {
  AnsweredCard card;
  for (std::uint32_t number = 0; number < CardInputs::kAnswersMax; ++number) {
    card.answer("issuer-" + std::to_string(number), CardStatus::kClosed, 1);
  }
  EXPECT_TRUE(card.recorder.refusals.empty());
  card.answer("jcb-a", CardStatus::kClosed, 1);
  card.answer("issuer-0", CardStatus::kMonitored, 2);
  EXPECT_EQ(card.recorder.refusals, std::vector<Errc>{Errc::kLimitReached});
}

TEST(PartitionState, HashTellsAnswersApart) {
  AnsweredCard one;
  AnsweredCard other;
  EXPECT_EQ(one.state.hash(), other.state.hash());
  one.answer("jcb-a", CardStatus::kReissued, 1);
  other.answer("jcb-a", CardStatus::kClosed, 1);
  EXPECT_NE(one.state.hash(), other.state.hash());
}

}  // namespace
}  // namespace cw::matcher
