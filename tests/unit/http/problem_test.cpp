#include "lib/http/problem.hpp"

#include "lib/http/principals.hpp"

#include <gtest/gtest.h>

namespace cw::http {
namespace {

TEST(Problem, IsTheDocumentOfRfc9457) {
  const Response response = problem(Errc::kUnknownIncident, "no incident 'x'");

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.find("content-type"), "application/problem+json");
  EXPECT_EQ(response.body,
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
            "\"code\":\"UNKNOWN_INCIDENT\",\"detail\":\"no incident 'x'\",\"hint\":\"Add the "
            "incident with `cardwatch incident apply` first, or mend its id.\"}");
}

TEST(Problem, EscapesItsDetail) {
  EXPECT_NE(problem(Errc::kBadRequest, "a\"b\\\n").body.find("\"detail\":\"a\\\"b\\\\\\n\""),
            std::string::npos);
}

TEST(Problem, TellsWhenToComeBack) {
  EXPECT_TRUE(problem(Errc::kBrokerUnavailable, "").headers.find("retry-after").has_value());
  EXPECT_TRUE(problem(Errc::kLimitReached, "").headers.find("retry-after").has_value());
  EXPECT_FALSE(problem(Errc::kNotFound, "").headers.find("retry-after").has_value());
}

TEST(Principals, AskForACertificateANameAndARole) {
  const Principals principals(
      std::vector<Principal>{{.name = "desk-a", .roles = {"read"}, .issuer = "jcb-a"}});

  EXPECT_EQ(principals.require({"desk-a", ""}, "read").value()->issuer, "jcb-a");
  EXPECT_TRUE(principals.require({"desk-a", ""}, "").has_value());
  EXPECT_EQ(principals.require({"desk-a", ""}, "load").error().code, Errc::kForbidden);
  EXPECT_EQ(principals.require({"other", ""}, "").error().code, Errc::kForbidden);
  EXPECT_EQ(principals.require({}, "").error().code, Errc::kUnauthenticated);
}

}  // namespace
}  // namespace cw::http
