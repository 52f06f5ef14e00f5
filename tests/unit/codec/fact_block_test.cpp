#include "lib/codec/fact_block.hpp"

#include "lib/codec/schema.hpp"
#include "unit/codec/examples.hpp"
#include "unit/codec/mutator.hpp"
#include "unit/codec/random_records.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cw::codec::test {
namespace {

std::vector<FactMessage> read(std::string_view json) {
  std::vector<FactMessage> facts;
  const auto count =
      decode_facts(json, [&](FactMessage&& each) { facts.push_back(std::move(each)); });
  EXPECT_TRUE(count.has_value()) << count.error().detail;
  EXPECT_EQ(count.value(), facts.size());
  return facts;
}

// Method: random facts, members with everything that JSON escapes; blocks of 1 to 40, the writer
// used again and again.
TEST(FactBlock, ReadersGetTheFactsThatWereAdded) {
  const unsigned number = seed();
  SCOPED_TRACE("CARDWATCH_TEST_SEED=" + std::to_string(number));
  RandomRecords random(number);
  FactBlockWriter writer;
  for (int round = 0; round < 300; ++round) {
    std::vector<FactMessage> added;
    const std::size_t size = 1 + random.below(40);
    for (std::size_t i = 0; i < size; ++i) {
      added.push_back({random.fact(TextKind::kAny), random.coin()});
      writer.add(view_of(added.back().fact), added.back().retracted);
    }
    const std::string_view block = writer.finish();
    ASSERT_EQ(read(block), added);
    ASSERT_EQ(writer.facts(), size);
    ASSERT_EQ(writer.bytes(), block.size());
    if (round < 30) {
      ASSERT_TRUE(validate("match-facts", block));
    }
    writer.clear();
    ASSERT_TRUE(writer.empty());
  }
}

TEST(FactBlock, MoreMayBeAddedAfterTheBlockWasSeen) {
  RandomRecords random(1);
  FactBlockWriter writer;
  const FactMessage first{random.fact(TextKind::kPlain), false};
  const FactMessage second{random.fact(TextKind::kPlain), true};
  writer.add(view_of(first.fact), first.retracted);
  EXPECT_EQ(read(writer.finish()), std::vector{first});
  writer.add(view_of(second.fact), second.retracted);
  EXPECT_EQ(read(writer.finish()), (std::vector{first, second}));
}

TEST(FactBlock, ABlockWithOneBadFactIsRefusedWholeAndNothingOfItIsSeen) {
  RandomRecords random(1);
  FactBlockWriter writer;
  for (int i = 0; i < 3; ++i) writer.add(view_of(random.fact(TextKind::kPlain)), false);
  std::string block{writer.finish()};
  const std::size_t last = block.rfind("],\"names\"");
  block.replace(block.rfind('[', last), 1, "[-1,");
  std::size_t seen = 0;
  const auto count = decode_facts(block, [&](FactMessage&&) { ++seen; });
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Errc::kSchemaViolation);
  EXPECT_NE(count.error().detail.find("/facts/2"), std::string::npos) << count.error().detail;
  EXPECT_EQ(seen, 0U);
}

TEST(FactBlock, AFullBlockWithTheLongestFactStaysBelowTheMessageLimit) {
  Fact fact = RandomRecords(1).fact(TextKind::kPlain);
  fact.member = std::string(1024, '\x01');
  FactBlockWriter writer;
  while (writer.bytes() < kFactBlockBytesMax) writer.add(view_of(fact), true);
  EXPECT_LT(writer.finish().size(), std::size_t{1024} * 1024);
  EXPECT_EQ(read(writer.finish()).size(), writer.facts());
}

/// The refusal of a block of one fact with one place of its row replaced.
std::string refusal(std::size_t column, const std::string& value) {
  std::string block =
      R"({"v":1,"facts":[[0,1,"R-1",1,1248393600000,"0f1e2d3c4b5a69788796a5b4c3d2e1f0",)"
      R"(1,2,3,0,0,5,3,-1]],)"
      R"("names":["alico-2009","jcb-a","in_file","CNP_USE"]})";
  EXPECT_EQ(read(block).size(), 1U);
  std::size_t from = block.find("[[") + 2;
  for (std::size_t at = 0; at < column; ++at) from = block.find(',', from) + 1;
  block.replace(from, block.find_first_of(",]", from) - from, value);
  const auto count = decode_facts(block, [](FactMessage&&) {});
  EXPECT_FALSE(count.has_value()) << block;
  if (count) return "";
  EXPECT_EQ(count.error().code, Errc::kSchemaViolation);
  return count.error().detail;
}

TEST(FactBlock, ARowThatPointsAtNoNameOrAtOneOfAnotherKindIsRefused) {
  EXPECT_NE(refusal(0, "4").find("at /facts/0/0: wanted the place of a name"), std::string::npos);
  EXPECT_NE(refusal(7, "3").find("at /facts/0/7: wanted the place of one of the codes"),
            std::string::npos);
  EXPECT_NE(refusal(12, "2").find("at /facts/0/12"), std::string::npos);
  EXPECT_NE(refusal(13, "2").find("at /facts/0/13"), std::string::npos);
}

TEST(FactBlock, AReportIsNotBothApprovedAndDeclined) {
  EXPECT_NE(refusal(8, "48").find("at /facts/0/8"), std::string::npos);
}

// Method: a thousand facts as a matcher's batch has them; what is written for each decides what it
// costs, so it must not grow unseen.
TEST(FactBlock, AFactOfManyTakesAThirdOfItsFullText) {
  FactBlockWriter writer;
  RandomRecords random(1);
  for (int at = 0; at < 1000; ++at) {
    Fact fact = random.fact(TextKind::kPlain);
    fact.id.incident = IncidentId{"alico-2009"};
    fact.id.issuer = IssuerId{at % 2 == 0 ? "card-a" : "card-b"};
    fact.card_issuer = fact.id.issuer;
    fact.id.report = ReportId{"R-" + std::to_string(1'000'000 + at)};
    fact.revision = 1;
    fact.scope_revision = 1;
    fact.received_at = fact.id.known_from;
    fact.reported_at = fact.received_at - std::chrono::hours{24};
    fact.member = "M-" + std::to_string(1'000'000 + at);
    writer.add(view_of(fact), false);
  }
  EXPECT_LT(writer.bytes() / writer.facts(), 120U);
}

}  // namespace
}  // namespace cw::codec::test
