#include "notifier/store/card_record.hpp"

#include "notifier/store/issuer_record.hpp"

#include <gtest/gtest.h>

namespace cw::notifier {
namespace {

CardRecord full() {
  return {.seq = 9,
          .op = FeedOp::kUpdt,
          .set_aside = true,
          .doubtful = true,
          .nameless = true,
          .hash = crypto::sha256("9"),
          .bucket = 7,
          .past = {{.seq = 3, .removal = true},
                   {.seq = 5, .kept = true, .confirmed = true, .hash = crypto::sha256("5")}},
          .answer = "BLOCKED",
          .answered_at = 1000};
}

TEST(CardRecord, ComesBackAsItWasWritten) {
  for (bool CardRecord::*const flag :
       {&CardRecord::set_aside, &CardRecord::doubtful, &CardRecord::nameless}) {
    CardRecord only{.seq = 1};
    only.*flag = true;
    EXPECT_EQ(decode_card(encode(only)), only);
  }
  EXPECT_EQ(decode_card(encode(full())), full());
  EXPECT_EQ(decode_card(encode(CardRecord{})), CardRecord{});
}

TEST(CardRecord, WhatIsNoRecordIsNotRead) {
  const std::string whole = encode(full());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_card(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_card(whole + "x"));
}

TEST(IssuerRecord, ComesBackAsItWasWritten) {
  const IssuerRecord record{.number = 1,
                            .cursor = 2,
                            .reached = 3,
                            .newest = 4,
                            .hashed_through = 5,
                            .entries = 6,
                            .pending = 7,
                            .coalesced = 8,
                            .set_aside = 9,
                            .answers = {{"BLOCKED", 10}, {"MONITORED", 11}}};
  const std::string whole = encode(record);
  EXPECT_EQ(decode_issuer(whole), record);
  EXPECT_FALSE(decode_issuer(whole.substr(1)));
}

}  // namespace
}  // namespace cw::notifier
