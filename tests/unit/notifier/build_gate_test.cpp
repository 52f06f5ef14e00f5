#include "notifier/build_gate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;

/// Takes `turns` turns, one after the other, and notes each.
http::Task<void> take(BuildGate& gate, char name, int turns, std::string& order) {
  for (int i = 0; i < turns; ++i) {
    auto turn = co_await gate.enter();
    order += name;
    co_await asio::post(asio::use_awaitable);
    turn.reset();
  }
}

// Goal: a feed that always has more to make does not delay one that comes later. Method: on one
// thread, so that the order is certain.
TEST(BuildGate, WhoComesBackStandsBehindWhoWaits) {
  asio::io_context io;
  BuildGate gate{1};
  std::string order;
  asio::co_spawn(io, take(gate, 'L', 6, order), asio::detached);
  asio::co_spawn(io, take(gate, 'a', 1, order), asio::detached);
  asio::co_spawn(io, take(gate, 'b', 1, order), asio::detached);
  io.run();
  EXPECT_EQ(order, "LabLLLLL");
  EXPECT_EQ(gate.waiting(), 0U);
}

TEST(BuildGate, TellsWhetherItIsInUse) {
  asio::io_context io;
  BuildGate gate{2};
  EXPECT_FALSE(gate.used_within(std::chrono::hours{1})) << "never yet";
  bool inside = false;
  const auto look = [](BuildGate& the_gate, bool& seen) -> http::Task<void> {
    auto turn = co_await the_gate.enter();
    seen = the_gate.used_within(std::chrono::milliseconds{0});
    turn.reset();
  };
  asio::co_spawn(io, look(gate, inside), asio::detached);
  io.run();
  EXPECT_TRUE(inside);
  EXPECT_TRUE(gate.used_within(std::chrono::hours{1}));
  EXPECT_FALSE(gate.used_within(std::chrono::milliseconds{0}));
}

TEST(BuildGate, TwoLargeFeedsTakeTurns) {
  asio::io_context io;
  BuildGate gate{1};
  std::string order;
  asio::co_spawn(io, take(gate, 'A', 4, order), asio::detached);
  asio::co_spawn(io, take(gate, 'B', 4, order), asio::detached);
  io.run();
  EXPECT_EQ(order, "ABABABAB");
}

TEST(BuildGate, AsManyAtATimeAsThereAreSlots) {
  asio::io_context io;
  BuildGate gate{2};
  int inside = 0;
  int most = 0;
  const auto work = [](BuildGate& the_gate, int& in, int& max) -> http::Task<void> {
    auto turn = co_await the_gate.enter();
    max = std::max(max, ++in);
    co_await asio::post(asio::use_awaitable);
    --in;
  };
  for (int i = 0; i < 10; ++i) asio::co_spawn(io, work(gate, inside, most), asio::detached);
  io.run();
  EXPECT_EQ(most, 2);
  EXPECT_EQ(inside, 0);
}

}  // namespace
}  // namespace cw::notifier
