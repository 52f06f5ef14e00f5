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
  const std::size_t last = block.rfind(R"("card":")");
  block.replace(last, 9, R"("card":"x)");
  std::size_t seen = 0;
  const auto count = decode_facts(block, [&](FactMessage&&) { ++seen; });
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Errc::kSchemaViolation);
  EXPECT_NE(count.error().detail.find("/facts/2/card"), std::string::npos) << count.error().detail;
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

}  // namespace
}  // namespace cw::codec::test
