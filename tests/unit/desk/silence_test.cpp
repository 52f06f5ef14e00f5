#include "desk/silence.hpp"

#include "desk_samples.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/http/blocking.hpp"

#include <gtest/gtest.h>

namespace cw::desk {
namespace {

using namespace test;
using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kReported = "2026-11-20T05:00:00Z";  // Two days before kNow.

Issuer issuer_of(const std::string& id, std::uint32_t version, const char* effective_at) {
  Issuer record;
  record.id = IssuerId{id};
  record.version = version;
  record.name = id;
  record.effective_at = at(effective_at);
  return record;
}

NilReturn nil(const std::string& issuer, const char* until, const char* received_at) {
  return {.issuer = IssuerId{issuer},
          .until = at(until),
          .received_at = at(received_at),
          .by = Principal{issuer}};
}

class SilenceTest : public testing::Test {
 protected:
  SilenceTest() {
    control_.apply({issuer_of("jcb-a", 1, "2026-11-01T00:00:00Z"),
                    issuer_of("mute", 1, "2026-11-12T05:00:00Z"),
                    issuer_of("mute", 2, "2026-11-21T05:00:00Z")},
                   3);
    codec::FactMessage message;
    message.fact.id = {kLeak, IssuerId{"jcb-a"}, ReportId{"R-1"}, at(kReported)};
    message.fact.card = card(1);
    message.fact.reported_at = at(kReported);
    message.fact.received_at = at(kReported);
    matches_.apply({message}, {{0, 1}});
  }
  [[nodiscard]] std::vector<IssuerSilence> silences_now() const {
    return silences(*control_.snapshot(), matches_, kNow);
  }

  ControlView control_;
  MatchView matches_;
};

TEST_F(SilenceTest, CountsFromTheLastReportAndFromTheFirstVersionOfAnIssuerThatNeverReported) {
  const auto all = silences_now();

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].issuer, IssuerId{"mute"}) << "the longest silence first";
  EXPECT_EQ(all[0].silent, hours{10 * 24});
  EXPECT_FALSE(all[0].last_received_at);
  EXPECT_EQ(all[1].silent, hours{2 * 24});
  EXPECT_EQ(all[1].last_received_at, at(kReported));
}

TEST_F(SilenceTest, NilReturnBreaksTheSilenceAndNeverBeyondNow) {
  control_.apply({nil("mute", "2026-11-22T04:00:00Z", "2026-11-22T04:00:00Z")}, 4);
  EXPECT_EQ(silences_now().back().silent, hours{1});

  control_.apply({nil("mute", "2026-11-23T00:00:00Z", "2026-11-22T04:30:00Z")}, 5);
  EXPECT_EQ(silences_now().back().silent, seconds{0});
  EXPECT_EQ(silences_now().back().nil_until, at("2026-11-23T00:00:00Z"));
}

TEST_F(SilenceTest, DocumentNamesThoseBeyondTheLimit) {
  const auto document =
      codec::JsonDocument::parse(silences_document(silences_now(), hours{7 * 24}, kNow));

  ASSERT_TRUE(document);
  const auto root = document.value().root();
  EXPECT_EQ(root["limit_seconds"].integer(), 7 * 24 * 3600);
  ASSERT_EQ(root["issuers"].size(), 1U);
  const auto mute = root["issuers"][std::size_t{0}];
  EXPECT_EQ(mute["issuer"].text(), "mute");
  EXPECT_EQ(mute["silent_seconds"].integer(), 10 * 24 * 3600);
  EXPECT_TRUE(mute["last_received_at"].is_null());
  EXPECT_TRUE(mute["nil_until"].is_null());
}

class SilenceApiTest : public SilenceTest {
 protected:
  SilenceApiTest() { api_.add_to(router_); }

  http::Response get(const std::string& limit) {
    http::Request request;
    request.method = "GET";
    request.path = "/v1/issuers/silent";
    request.peer.common_name = "auditor";
    if (!limit.empty()) request.query.add("limit", limit);
    const auto route = router_.resolve(request);
    struct NoBody final : http::BodyReader {
      http::Task<Result<std::string_view>> next() override { co_return std::string_view{}; }
      [[nodiscard]] std::optional<std::uint64_t> content_length() const override { return {}; }
    } body;
    boost::asio::io_context io;
    return http::run_blocking(io, route.value()->handler(request, body));
  }

  Status ready_ = Ok{};
  SilenceApi api_{control_, matches_, hours{7 * 24}, [this] { return ready_; }};
  http::Router router_{http::Principals{{{.name = "auditor", .roles = {"read"}}}}};
};

TEST_F(SilenceApiTest, TakesALimitOrTheConfiguredOne) {
  EXPECT_NE(get("").body.find(R"("limit_seconds":604800)"), std::string::npos);
  EXPECT_NE(get("12h").body.find(R"("limit_seconds":43200)"), std::string::npos);
  EXPECT_EQ(get("12").status, 400);
  EXPECT_EQ(get("soon").status, 400);
  ready_ = Error{Errc::kUnavailable, "not read yet"};
  EXPECT_EQ(get("").status, 503);
}

TEST_F(SilenceApiTest, SetsTheGauges) {
  telemetry::Registry metrics;
  Probe probe{metrics};

  const SilenceApi api{control_, matches_, hours{1}, [this] { return ready_; }};

  api.collect(probe);

  const std::string text = metrics.expose();
  EXPECT_NE(text.find("cardwatch_desk_issuer_silent_seconds{issuer=\"mute\"}"), std::string::npos);
  EXPECT_NE(text.find("cardwatch_desk_issuers_silent 2"), std::string::npos) << text;
}

}  // namespace
}  // namespace cw::desk
