#include "lib/kafka/record.hpp"

#include <gtest/gtest.h>

namespace cw::kafka {
namespace {

struct KnownAnswer {
  const char* key;
  std::int32_t of_4;
  std::int32_t of_7;
  std::int32_t of_1000003;
};

// Computed with org.apache.kafka.common.utils.Utils.toPositive(murmur2(key)) of
// kafka-clients 4.1.0.
constexpr KnownAnswer kKnown[] = {
    {"", 1, 2, 645856},
    {"a", 0, 5, 100772},
    {"ab", 2, 0, 154486},
    {"abc", 3, 4, 468670},
    {"abcd", 0, 5, 831631},
    {"21", 0, 3, 547821},
    {"foobar", 2, 0, 147095},
    {"jcb-a", 1, 5, 275640},
    {"issuer/jcb-a/1", 1, 5, 789448},
    {"00112233445566778899aabbccddeeff", 1, 4, 234094},
    {"ffeeddccbbaa99887766554433221100", 0, 1, 84849},
    {"unassigned", 0, 4, 155045},
    {"\u00e9\u00fc\u3042", 2, 2, 507733},
};

TEST(Partitioner, AgreesWithTheJavaClient) {
  for (const auto& known : kKnown) {
    EXPECT_EQ(partition_of(known.key, 4), known.of_4) << known.key;
    EXPECT_EQ(partition_of(known.key, 7), known.of_7) << known.key;
    EXPECT_EQ(partition_of(known.key, 1000003), known.of_1000003) << known.key;
  }
}

TEST(Partitioner, OnePartitionTakesEverything) {
  EXPECT_EQ(partition_of("whatever", 1), 0);
}

}  // namespace
}  // namespace cw::kafka
