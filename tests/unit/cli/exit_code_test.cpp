#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace cw::cli {
namespace {

TEST(ExitCode, SaysWhetherTryingAgainMayHelp) {
  EXPECT_EQ(exit_code(Errc::kConnectFailed), ExitCode::kUnavailable);
  EXPECT_EQ(exit_code(Errc::kBrokerUnavailable), ExitCode::kUnavailable);
  EXPECT_EQ(exit_code(Errc::kPanLuhn), ExitCode::kDataRefused);
  EXPECT_EQ(exit_code(Errc::kConfigMissing), ExitCode::kConfig);
  EXPECT_EQ(exit_code(Errc::kForbidden), ExitCode::kForbidden);
  EXPECT_EQ(exit_code(Errc::kInternal), ExitCode::kBug);
}

TEST(ExitCode, FollowsTheStatusOfARefusal) {
  EXPECT_EQ(exit_code_of_status(403), ExitCode::kForbidden);
  EXPECT_EQ(exit_code_of_status(409), ExitCode::kDataRefused);
  EXPECT_EQ(exit_code_of_status(422), ExitCode::kDataRefused);
  EXPECT_EQ(exit_code_of_status(429), ExitCode::kUnavailable);
  EXPECT_EQ(exit_code_of_status(503), ExitCode::kUnavailable);
}

}  // namespace
}  // namespace cw::cli
