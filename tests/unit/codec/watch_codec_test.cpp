#include "lib/codec/watch_codec.hpp"

#include "lib/codec/schema.hpp"
#include "unit/codec/mutator.hpp"
#include "unit/codec/random_records.hpp"

#include <gtest/gtest.h>

namespace cw::codec::test {
namespace {

TEST(WatchCodec, ReadersGetTheChangeThatWasWritten) {
  const unsigned number = seed();
  SCOPED_TRACE("CARDWATCH_TEST_SEED=" + std::to_string(number));
  RandomRecords random(number);
  for (int round = 0; round < 2000; ++round) {
    const WatchChange change = random.watch_change();
    const std::string json = encode(change);
    const auto decoded = decode_watch(json);
    ASSERT_TRUE(decoded) << decoded.error().detail << "\n" << json;
    ASSERT_EQ(decoded.value(), change) << json;
    if (round < 100) {
      ASSERT_TRUE(validate("watch-entry", json)) << json;
    }
  }
}

TEST(WatchCodec, AppendsAfterWhatStandsThere) {
  const WatchChange change = RandomRecords(1).watch_change();
  std::string out = "before";
  encode_to(out, change);
  EXPECT_EQ(out, "before" + encode(change));
}

}  // namespace
}  // namespace cw::codec::test
