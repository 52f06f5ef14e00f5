#include "lib/http/router.hpp"

#include <gtest/gtest.h>

namespace cw::http {
namespace {

Task<Response> nothing(const Request&, BodyReader&) {
  co_return Response::empty(204);
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.add("PUT", "/v1/incidents/{incident}/files/{file}", {.role = "load"}, nothing);
    router_.add("GET", "/v1/incidents/{incident}", {.role = "read"}, nothing);
    router_.add("PUT", "/v1/incidents/{incident}", {.role = "control"}, nothing);
    router_.add("GET", "/v1/incidents/all", {}, nothing);
  }

  Router router_{Principals(std::vector<Principal>{{.name = "desk-a", .roles = {"read"}}})};
};

TEST_F(RouterTest, FillsPathParametersDecoded) {
  const auto match = router_.find("PUT", "/v1/incidents/alico%2D2009/files/a%2Fb");

  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match.value().params.get("incident"), "alico-2009");
  EXPECT_EQ(match.value().params.get("file"), "a/b");
}

TEST_F(RouterTest, PrefersALiteralSegment) {
  EXPECT_EQ(router_.find("GET", "/v1/incidents/all").value().route->path_template,
            "/v1/incidents/all");
}

TEST_F(RouterTest, RefusesUnknownPaths) {
  for (const char* path : {"/",
                           "/v1",
                           "/v1/incidents/",
                           "/v1/incidents/a/b",
                           "/v1/incidents/a/",
                           "/v1/incidents/%zz"}) {
    EXPECT_EQ(router_.find("GET", path).error().code, Errc::kRouteUnknown) << path;
  }
}

TEST_F(RouterTest, NamesTheAllowedMethods) {
  const auto match = router_.find("DELETE", "/v1/incidents/a");

  EXPECT_EQ(match.error().code, Errc::kMethodNotAllowed);
  EXPECT_EQ(match.error().detail, "GET, PUT");
}

TEST_F(RouterTest, AsksForTheRoleOfTheRoute) {
  Request get{.method = "GET", .path = "/v1/incidents/a", .peer = {"desk-a", ""}};
  ASSERT_TRUE(router_.resolve(get).has_value());
  EXPECT_EQ(get.principal->name, "desk-a");
  EXPECT_EQ(get.path_params.get("incident"), "a");

  Request put{.method = "PUT", .path = "/v1/incidents/a", .peer = {"desk-a", ""}};
  EXPECT_EQ(router_.resolve(put).error().code, Errc::kForbidden);
  Request stranger{.method = "GET", .path = "/v1/incidents/all", .peer = {"x", ""}};
  EXPECT_EQ(router_.resolve(stranger).error().code, Errc::kForbidden);
  Request anonymous{.method = "GET", .path = "/v1/incidents/all"};
  EXPECT_EQ(router_.resolve(anonymous).error().code, Errc::kUnauthenticated);
}

}  // namespace
}  // namespace cw::http
