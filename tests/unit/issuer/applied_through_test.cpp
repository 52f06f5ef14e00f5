#include "issuer/applied_through.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{};

TEST(AppliedThrough, WithoutADelayIsWhatWasAccepted) {
  AppliedThrough applied(seconds{0});
  applied.accepted(5, kStart);
  EXPECT_EQ(applied.at(kStart), 5U);
  EXPECT_FALSE(applied.next());
}

TEST(AppliedThrough, FollowsAfterTheDelay) {
  AppliedThrough applied(seconds{10});
  applied.accepted(5, kStart);
  applied.accepted(7, kStart + seconds{3});

  EXPECT_EQ(applied.at(kStart + seconds{9}), 0U);
  EXPECT_EQ(applied.next(), kStart + seconds{10});
  EXPECT_EQ(applied.at(kStart + seconds{10}), 5U);
  EXPECT_EQ(applied.next(), kStart + seconds{13});
  EXPECT_EQ(applied.at(kStart + seconds{13}), 7U);
  EXPECT_FALSE(applied.next());
}

TEST(AppliedThrough, GoesBackWithWhatIsHeld) {
  AppliedThrough applied(seconds{10});
  applied.accepted(5, kStart);
  EXPECT_EQ(applied.at(kStart + seconds{10}), 5U);
  applied.accepted(9, kStart + seconds{11});
  applied.accepted(0, kStart + seconds{12});
  EXPECT_EQ(applied.at(kStart + seconds{60}), 0U) << "another epoch";
  applied.accepted(3, kStart + seconds{61});
  EXPECT_EQ(applied.at(kStart + seconds{71}), 3U);
}

TEST(AppliedThrough, SameAgainDoesNotPutItOff) {
  AppliedThrough applied(seconds{10});
  applied.accepted(5, kStart);
  applied.accepted(5, kStart + seconds{9});
  EXPECT_EQ(applied.at(kStart + seconds{10}), 5U);
}

}  // namespace
}  // namespace cw::issuer
