#include "issuer/card_answers.hpp"

#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{};

Result<AnswerShares> shares(const std::string& json) {
  const auto document = codec::JsonDocument::parse(json);
  return read_shares(document.value().root());
}

class CardAnswersTest : public testing::Test {
 protected:
  void add(std::uint64_t first, std::uint64_t last, Instant in_force = kStart) {
    std::vector<FeedSender::Entry> entries;
    for (std::uint64_t seq = first; seq <= last; ++seq)
      entries.push_back({.seq = seq, .card = seq});
    answers_.add(sender_.batch(plain_head(first - 1, last), entries), all_, in_force);
  }

  FeedSender sender_;
  AnswerShares all_ = shares(R"({"REISSUED":2,"MONITORED":998})").value();
  CardAnswers answers_;
};

TEST(AnswerShares, GiveEachSeqItsStatusByItsPlaceInAThousand) {
  const auto some = shares(R"({"MONITORED":5,"REISSUED":20,"BLOCKED":10,"CLOSED":1})").value();

  EXPECT_EQ(some.status_of(0), CardStatus::kBlocked);
  EXPECT_EQ(some.status_of(9), CardStatus::kBlocked);
  EXPECT_EQ(some.status_of(1010), CardStatus::kReissued);
  EXPECT_EQ(some.status_of(2030), CardStatus::kClosed);
  EXPECT_EQ(some.status_of(31), CardStatus::kMonitored);
  EXPECT_FALSE(some.status_of(36)) << "nothing is said of the others";
  EXPECT_TRUE(AnswerShares{}.none());
}

TEST(AnswerShares, RefuseWhatCannotBeMeant) {
  for (const char* text : {R"([])",
                           R"({"LOST":1})",
                           R"({"MONITORED":-1})",
                           R"({"MONITORED":1001})",
                           R"({"MONITORED":600,"CLOSED":401})"}) {
    const auto read = shares(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::kSchemaViolation) << text;
  }
}

TEST_F(CardAnswersTest, ComeWithTheAnswerToThePushAndAgainWithItsRetry) {
  add(1, 3);
  const auto first = answers_.for_push("b-1", kStart);
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0].status, CardStatus::kReissued);
  EXPECT_EQ(first[1].status, CardStatus::kMonitored);
  EXPECT_EQ(first[1].at, kStart);

  EXPECT_EQ(answers_.for_push("b-1", kStart), first);
  EXPECT_TRUE(answers_.for_push("b-2", kStart).empty());
  EXPECT_EQ(answers_.given(), 3U);
}

TEST_F(CardAnswersTest, WaitUntilTheyAreInForce) {
  add(1, 2, kStart + seconds{5});
  EXPECT_TRUE(answers_.for_push("b-1", kStart).empty());
  EXPECT_EQ(answers_.next(), kStart + seconds{5});
  EXPECT_EQ(answers_.for_push("b-2", kStart + seconds{5}).size(), 2U);
}

TEST_F(CardAnswersTest, AreAcknowledgedOnceTheSenderTookThem) {
  add(1, 2);
  EXPECT_EQ(answers_.for_ack(kStart).size(), 2U);
  EXPECT_EQ(answers_.for_ack(kStart).size(), 2U) << "the first attempt may have been lost";
  answers_.acknowledged();
  EXPECT_TRUE(answers_.for_ack(kStart).empty());
  EXPECT_EQ(answers_.given(), 2U);
}

TEST_F(CardAnswersTest, ManyGoInSeveralPieces) {
  for (std::uint64_t first = 1; first <= 12'000; first += 6'000) add(first, first + 5'999);
  EXPECT_EQ(answers_.for_push("b-1", kStart).size(), codec::FeedAnswer::kCardsMax);
  EXPECT_EQ(answers_.for_push("b-2", kStart).size(), 2'000U);
}

TEST_F(CardAnswersTest, NothingIsSaidUnlessTold) {
  answers_.add(sender_.batch(plain_head(0, 1), {{.seq = 1, .card = 1}}), {}, kStart);
  EXPECT_TRUE(answers_.for_push("b-1", kStart).empty());
}

}  // namespace
}  // namespace cw::issuer
