#include "issuer/inbox.hpp"

#include "support/temp_dir.hpp"
#include "support/test_pan.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace cw::issuer {
namespace {

using std::chrono::minutes;

class InboxTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Inbox> open(std::uint64_t bytes_max = 1U << 20U) {
    auto inbox =
        Inbox::open(IssuerId{"card-a"},
                    sender_.receiver_keys(),
                    {.journal = {.path = path_, .bytes_max = bytes_max}, .tolerance = minutes{5}});
    EXPECT_TRUE(inbox) << inbox.error().detail;
    return inbox ? std::move(inbox).value() : nullptr;
  }
  static Result<Receipt> accept(Inbox& inbox, const FeedSender::Signed& push) {
    return inbox.accept(push.push(), FeedSender::clock());
  }

  FeedSender sender_;
  test::TempDir dir_;
  std::string path_ = (dir_ / "card-a.journal").string();
};

TEST_F(InboxTest, RestartKnowsEverythingThatWasAnswered) {
  const auto first = sender_.push(0, 4, {{.seq = 2, .card = 1}, {.seq = 3, .card = 2}});
  codec::FeedAnswer before;
  {
    const auto inbox = open();
    ASSERT_TRUE(accept(*inbox, first));
    before = accept(*inbox, sender_.push(4, 9, {{.seq = 8, .card = 1}})).value().answer;
  }
  const auto inbox = open();

  const auto again = accept(*inbox, first);

  ASSERT_TRUE(again);
  EXPECT_TRUE(again.value().duplicate);
  EXPECT_EQ(again.value().answer, before);
}

TEST_F(InboxTest, CountsBatchesDuplicatesAndGaps) {
  const auto inbox = open();
  const auto first = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  ASSERT_TRUE(accept(*inbox, first));
  ASSERT_TRUE(accept(*inbox, first));
  ASSERT_FALSE(accept(*inbox, sender_.push(7, 9, {{.seq = 8, .card = 1}})));
  auto forged = first;
  forged.signature = "v1,AAAA";
  ASSERT_FALSE(accept(*inbox, forged));

  const auto figures = inbox->figures();

  EXPECT_EQ(figures.batches, 1U);
  EXPECT_EQ(figures.duplicates, 1U);
  EXPECT_EQ(figures.gaps, 1U);
  EXPECT_EQ(figures.refused, 1U);
  EXPECT_EQ(figures.entries, 1U);
  EXPECT_EQ(figures.through, 4U);
}

TEST_F(InboxTest, WhatCannotBeStoredIsNotAnsweredWellAndNotApplied) {
  const auto inbox = open(/*bytes_max=*/100);

  const auto refused = accept(*inbox, sender_.push(0, 4, {{.seq = 2, .card = 1}}));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_EQ(inbox->figures().entries, 0U);
  EXPECT_EQ(inbox->figures().through, 0U);
}

TEST_F(InboxTest, PushCutOffByACrashIsTakenOnItsRetry) {
  const auto first = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  const auto second = sender_.push(4, 9, {{.seq = 8, .card = 2}});
  {
    const auto inbox = open();
    ASSERT_TRUE(accept(*inbox, first));
    ASSERT_TRUE(accept(*inbox, second));
  }
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 10);

  const auto inbox = open();

  EXPECT_GT(inbox->cut_bytes(), 0U);
  EXPECT_EQ(inbox->figures().through, 4U);
  const auto retried = accept(*inbox, second);
  ASSERT_TRUE(retried);
  EXPECT_FALSE(retried.value().duplicate);
  EXPECT_EQ(inbox->figures().entries, 2U);
}

TEST_F(InboxTest, JournalHoldsNoClearCardNumber) {
  {
    const auto inbox = open();
    ASSERT_TRUE(accept(*inbox, sender_.push(0, 4, {{.seq = 2, .card = 1}})));
  }
  EXPECT_EQ(test::read_file(path_).find(test::test_pan(1)), std::string::npos);
}

TEST_F(InboxTest, JournalOfAnotherKeyEndsTheStartClearly) {
  {
    const auto inbox = open();
    ASSERT_TRUE(accept(*inbox, sender_.push(0, 4, {{.seq = 2, .card = 1}})));
  }
  const FeedSender stranger;
  const auto inbox =
      Inbox::open(IssuerId{"card-a"},
                  stranger.receiver_keys(),
                  {.journal = {.path = path_, .bytes_max = 1U << 20U}, .tolerance = minutes{5}});
  ASSERT_FALSE(inbox);
  EXPECT_EQ(inbox.error().code, Errc::kDecryptFailed);
}

TEST_F(InboxTest, SamePushFromManyThreadsIsTakenOnce) {
  const auto inbox = open();
  const auto push = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] { EXPECT_TRUE(accept(*inbox, push)); });
    }
  }
  EXPECT_EQ(inbox->figures().batches, 1U);
  EXPECT_EQ(inbox->figures().duplicates, 7U);
}

}  // namespace
}  // namespace cw::issuer
