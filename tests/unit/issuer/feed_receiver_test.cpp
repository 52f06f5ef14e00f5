#include "issuer/feed_receiver.hpp"

#include "lib/crypto/jwe.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class FeedReceiverTest : public testing::Test {
 protected:
  Result<FeedReceiver::Opened> open(const FeedSender::Signed& push,
                                    Instant at = FeedSender::clock()) {
    return receiver_.open(push.push(), at);
  }
  void take(const FeedSender::Signed& push) {
    const auto opened = open(push);
    ASSERT_TRUE(opened) << opened.error().detail;
    ASSERT_TRUE(opened.value().kind == FeedReceiver::Kind::kFresh);
    receiver_.take(push.id, opened.value());
  }
  Errc refusal(const FeedSender::Signed& push, Instant at = FeedSender::clock()) {
    const auto opened = open(push, at);
    return opened ? Errc::kInternal : opened.error().code;
  }

  FeedSender sender_;
  FeedReceiver receiver_{IssuerId{"card-a"}, sender_.receiver_keys(), minutes{5}};
};

TEST_F(FeedReceiverTest, AnswersWithWhatItHolds) {
  take(sender_.push(0, 4, {{.seq = 2, .card = 1}, {.seq = 3, .card = 2}}));

  const auto answer = receiver_.answer();

  EXPECT_EQ(answer.accepted_through, 4U);
  EXPECT_EQ(answer.applied_through, 4U);
  ASSERT_TRUE(answer.digest);
  EXPECT_EQ(answer.digest->through, 4U);
  EXPECT_EQ(answer.digest->count, 2U);
  EXPECT_EQ(answer.digest->sum, receiver_.cards().digest().hex());
}

TEST_F(FeedReceiverTest, SamePushAgainIsTakenOnce) {
  const auto push = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  take(push);
  const auto digest = receiver_.cards().digest();

  const auto again = open(push);

  ASSERT_TRUE(again);
  EXPECT_NE(again.value().kind, FeedReceiver::Kind::kFresh);
  EXPECT_EQ(receiver_.cards().digest(), digest);
}

TEST_F(FeedReceiverTest, SameEntriesUnderAnotherIdAreTakenOnce) {
  const auto push = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  take(push);

  const auto again = open(sender_.sign("b-other", push.body, FeedSender::clock()));

  ASSERT_TRUE(again);
  EXPECT_NE(again.value().kind, FeedReceiver::Kind::kFresh);
}

TEST_F(FeedReceiverTest, SignatureIsCheckedBeforeAnythingElse) {
  auto push = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  auto other_body = push;
  other_body.body[other_body.body.size() / 2] ^= 1;
  auto other_id = push;
  other_id.id = "b-x";
  auto none = push;
  none.signature.clear();
  const FeedSender::Signed junk{
      .id = "b", .timestamp = push.timestamp, .signature = push.signature, .body = "junk"};

  for (const auto& wrong : {other_body, other_id, none, junk}) {
    EXPECT_EQ(refusal(wrong), Errc::kSignatureInvalid);
  }
}

TEST_F(FeedReceiverTest, OldOrFuturePushIsRefused) {
  const auto push = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  const Instant at = FeedSender::clock();

  EXPECT_EQ(refusal(push, at + minutes{5} + seconds{1}), Errc::kTimestampSkew);
  EXPECT_EQ(refusal(push, at - minutes{5} - seconds{1}), Errc::kTimestampSkew);
  EXPECT_TRUE(open(push, at + minutes{5}));
}

TEST_F(FeedReceiverTest, BodyForAnotherKeyIsRefused) {
  const FeedSender stranger;
  const auto theirs = stranger.push(0, 4, {{.seq = 2, .card = 1}});

  EXPECT_EQ(refusal(sender_.sign("b", theirs.body, FeedSender::clock())), Errc::kDecryptFailed);
  EXPECT_EQ(refusal(sender_.sign("b", "{}", FeedSender::clock())), Errc::kDecryptFailed);
}

TEST_F(FeedReceiverTest, BatchForAnotherIssuerIsRefusedEvenIfItOpens) {
  FeedReceiver receiver(IssuerId{"card-b"}, sender_.receiver_keys(), minutes{5});
  const auto push = sender_.push(0, 4, {{.seq = 2, .card = 1}});

  const auto opened = receiver.open(push.push(), FeedSender::clock());

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kKeyMismatch);
}

TEST_F(FeedReceiverTest, ContentThatIsNoBatchIsRefused) {
  const auto push = sender_.sign("b", sender_.encrypt(R"({"feed":"other"})"), FeedSender::clock());
  EXPECT_EQ(refusal(push), Errc::kSchemaVersion);
  EXPECT_EQ(refusal(sender_.sign("c", sender_.encrypt("{"), FeedSender::clock())),
            Errc::kJsonSyntax);
}

TEST_F(FeedReceiverTest, GapIsRefusedAndNothingIsSkipped) {
  take(sender_.push(0, 4, {{.seq = 2, .card = 1}}));

  const auto gap = open(sender_.push(6, 9, {{.seq = 8, .card = 2}}));

  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, Errc::kConflict);
  EXPECT_NE(gap.error().detail.find("held through 4"), std::string::npos);
  take(sender_.push(4, 9, {{.seq = 5, .card = 3}, {.seq = 8, .card = 2}}));
  EXPECT_EQ(receiver_.cards().size(), 3U);
}

TEST_F(FeedReceiverTest, BatchOfAnEpochThatIsOverIsRefused) {
  take(sender_.push(0, 4, {{.seq = 2, .card = 1}}, 2));
  EXPECT_EQ(refusal(sender_.push(4, 9, {{.seq = 8, .card = 2}}, 1)), Errc::kConflict);
}

TEST_F(FeedReceiverTest, ReplayNeedsNoSignatureAndEndsTheSame) {
  const auto first = sender_.push(0, 4, {{.seq = 2, .card = 1}});
  const auto second = sender_.push(4, 9, {{.seq = 8, .card = 2}});
  take(first);
  take(second);

  FeedReceiver again(IssuerId{"card-a"}, sender_.receiver_keys(), minutes{5});
  ASSERT_TRUE(again.replay(first.id, first.body));
  ASSERT_TRUE(again.replay(second.id, second.body));

  EXPECT_EQ(again.answer(), receiver_.answer());
  const auto retried = again.open(second.push(), FeedSender::clock());
  ASSERT_TRUE(retried);
  EXPECT_NE(retried.value().kind, FeedReceiver::Kind::kFresh);
}

TEST_F(FeedReceiverTest, OldKeyStillOpensWhileItIsListed) {
  const FeedSender next;
  ReceiverKeys keys = next.receiver_keys();
  keys.encryption.push_back(sender_.receiver_keys().encryption.front());
  receiver_.replace_keys(std::move(keys));

  take(sender_.push(0, 4, {{.seq = 2, .card = 1}}));
  take(next.push(4, 9, {{.seq = 8, .card = 2}}));
}

TEST_F(FeedReceiverTest, RememberedIdsAreBounded) {
  std::uint64_t through = 0;
  const auto first = sender_.push(0, 1, {{.seq = 1, .card = 1}});
  take(first);
  FeedReceiver::Opened opened;
  opened.kind = FeedReceiver::Kind::kFresh;
  for (through = 1; through <= FeedReceiver::kIdsMax + 5; ++through) {
    opened.batch.head = {.issuer = sender_.issuer(),
                         .epoch = 1,
                         .batch = "b",
                         .after = through,
                         .through = through + 1};
    receiver_.take("id-" + std::to_string(through), opened);
  }
  const auto again = open(first);
  ASSERT_TRUE(again);
  EXPECT_NE(again.value().kind, FeedReceiver::Kind::kFresh)
      << "the id is forgotten, its entries are not";
}

}  // namespace
}  // namespace cw::issuer
