#include "lib/codec/exposure_rows.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/report_rows.hpp"
#include "lib/codec/schema.hpp"
#include "unit/codec/examples.hpp"
#include "unit/codec/mutator.hpp"

#include <gtest/gtest.h>

namespace cw::codec::test {
namespace {

// Goal: no input crashes a decoder, and what a decoder accepts it can encode and read again.
// Method: thousands of small changes to valid documents.
TEST(Robustness, MutatedDocumentsNeverCrashADecoder) {
  const unsigned number = seed();
  SCOPED_TRACE("CARDWATCH_TEST_SEED=" + std::to_string(number));
  Mutator mutator(number);
  const auto valid = examples("valid");
  std::size_t accepted = 0;
  constexpr int kRounds = 30'000;
  for (int round = 0; round < kRounds; ++round) {
    const Example& example = valid[mutator.below(valid.size())];
    const Example& other = valid[mutator.below(valid.size())];
    const std::string text = mutator.mutate(example.json, other.json);
    const auto first = reencode(example.message, text);
    if (!first) continue;
    ++accepted;
    const auto second = reencode(example.message, first.value());
    ASSERT_TRUE(second) << example.message << ": " << second.error().detail;
    ASSERT_EQ(canonical(second.value()), canonical(first.value()));
  }
  EXPECT_GT(accepted, kRounds / 50) << "the changes are too wild to test anything";
}

// Goal: a decoder takes nothing that its schema refuses. (The schema may take more: it cannot say
// everything.)
TEST(Robustness, WhatADecoderAcceptsItsSchemaAccepts) {
  const unsigned number = seed();
  SCOPED_TRACE("CARDWATCH_TEST_SEED=" + std::to_string(number));
  Mutator mutator(number);
  const auto valid = examples("valid");
  for (int round = 0; round < 4000; ++round) {
    const Example& example = valid[mutator.below(valid.size())];
    const std::string text = mutator.mutate(example.json, example.json);
    const auto again = reencode(example.message, text);
    if (!again || again.value().empty()) continue;      // An approval may be empty.
    if (example.message == "report-request") continue;  // Blanks and nulls are taken, as in CSV.
    const Status status = validate(example.message, again.value());
    ASSERT_TRUE(status) << example.message << ": " << status.error().detail << "\n" << text;
  }
}

TEST(Robustness, MutatedRowsNeverCrashAReader) {
  const unsigned number = seed();
  SCOPED_TRACE("CARDWATCH_TEST_SEED=" + std::to_string(number));
  Mutator mutator(number);
  const std::string exposed =
      "pan,expiry,channel,member\n3569990000000017,2010-03,internet,\"M, 1\"\n"
      "3569 9900 0000 0025,2011-12,,\n";
  const std::string reports =
      "issuer,report_id,revision,action,pan,reported_at,fraud_type,amount\n"
      "jcb-a,R-1,1,NEWF,3569990000000017,2009-07-23T03:04:05Z,CNP_USE,12.50\n";
  for (int round = 0; round < 5000; ++round) {
    ExposureRows exposures({"channel"});
    exposures.feed(mutator.mutate(exposed, reports));
    exposures.finish();
    for (auto item = exposures.next(); item && item.value(); item = exposures.next()) {
    }
    ReportRows rows({now()});
    rows.feed(mutator.mutate(reports, exposed));
    rows.finish();
    for (auto item = rows.next(); item && item.value(); item = rows.next()) {
    }
  }
}

}  // namespace
}  // namespace cw::codec::test
