#include "issuer/routes.hpp"

#include "lib/codec/json_value.hpp"
#include "support/temp_dir.hpp"
#include "support/test_pan.hpp"
#include "unit/http/http_fixture.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

using http::ClientRequest;

/// The routes behind a real listener with mutual TLS. "jcb-a" sends the feed, "desk-a" looks.
class IssuerRoutesTest : public http::HttpTest {
 protected:
  IssuerRoutesTest() {
    auto inbox = Inbox::open(
        IssuerId{"card-a"},
        sender_.receiver_keys(),
        {.journal = {.path = (dir_ / "card-a.journal").string(), .bytes_max = 1U << 20U},
         .tolerance = std::chrono::minutes{5}});
    inboxes_.emplace("card-a", std::move(inbox).value());
    http::Router router{http::Principals{
        {{.name = "jcb-a", .roles = {"feed"}}, {.name = "desk-a", .roles = {"read", "control"}}}}};
    routes_.add_to(router, 1U << 20U);
    serve(std::move(router));
  }
  ~IssuerRoutesTest() override {
    server_->stop(std::chrono::seconds{5});
    server_.reset();
    workers_.join();
  }

  /// Signed now, since the routes look at the clock.
  FeedSender::Signed push(std::uint64_t after, std::uint64_t through) {
    auto made = sender_.push(after, through, {{.seq = through, .card = through}});
    return sender_.sign(made.id, made.body, now());
  }
  int post(const FeedSender::Signed& push,
           const std::string& client = "jcb-a",
           const std::string& type = "application/jose",
           const std::string& target = "/feeds/card-a") {
    ClientRequest post = request("POST", target);
    post.headers = {{"Content-Type", type},
                    {"webhook-id", push.id},
                    {"webhook-timestamp", push.timestamp},
                    {"webhook-signature", push.signature}};
    post.body = push.body;
    const auto response = send(std::move(post), {}, client);
    if (!response) return 0;
    body_ = response.value().body;
    return response.value().status;
  }
  int behave(const std::string& json) {
    ClientRequest put = request("PUT", "/v1/issuers/card-a/behaviour");
    put.headers = {{"Content-Type", "application/json"}};
    put.body = json;
    const auto response = send(std::move(put));
    return response ? response.value().status : 0;
  }
  std::string get(const std::string& target) {
    const auto response = send(request("GET", target));
    return response ? response.value().body : response.error().detail;
  }

  FeedSender sender_;
  test::TempDir dir_;
  telemetry::Registry metrics_;
  Probe probe_{metrics_};
  boost::asio::thread_pool workers_{2};
  Inboxes inboxes_;
  Routes routes_{inboxes_, probe_, workers_};
  std::string body_;  ///< Of the last answer to post().
};

TEST_F(IssuerRoutesTest, PushIsAnsweredWithWhatIsHeld) {
  EXPECT_EQ(post(push(0, 3)), 200) << body_;

  const auto answer = codec::decode_feed_answer(body_);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer.value().applied_through, 3U);
  EXPECT_EQ(answer.value().digest->count, 1U);
  EXPECT_NE(get("/v1/issuers").find(R"("issuer":"card-a","entries":1,"epoch":1,"through":3)"),
            std::string::npos);
}

TEST_F(IssuerRoutesTest, RefusalsHaveTheirStatusAndCode) {
  const auto good = push(0, 3);
  auto forged = good;
  forged.signature = "v1,AAAA";
  EXPECT_EQ(post(forged), 401);
  EXPECT_NE(body_.find("SIGNATURE_INVALID"), std::string::npos);
  EXPECT_EQ(post(good, "jcb-a", "application/json"), 415);
  EXPECT_EQ(post(good, "jcb-a", "application/jose", "/feeds/card-z"), 404);
  EXPECT_NE(body_.find("UNKNOWN_ISSUER"), std::string::npos);
  EXPECT_EQ(post(good, "desk-a"), 403);
  EXPECT_EQ(post(push(5, 9)), 409);
  EXPECT_NE(body_.find("held through 0"), std::string::npos);
  const auto gap = codec::JsonDocument::parse(body_);
  ASSERT_TRUE(gap) << body_;
  EXPECT_EQ(gap.value().root()["accepted_through"].integer(), 0);
  EXPECT_EQ(gap.value().root()["epoch"].integer(), 0);
  auto long_body = good;
  long_body.body.assign((1U << 20U) + 1, 'x');
  EXPECT_EQ(post(long_body), 413);
  EXPECT_NE(get("/v1/issuers").find(R"("entries":0)"), std::string::npos);
}

TEST_F(IssuerRoutesTest, CardsArePagedAndMasked) {
  ASSERT_EQ(post(push(0, 1)), 200);
  ASSERT_EQ(post(push(1, 2)), 200);

  const std::string page = get("/v1/issuers/card-a/cards?limit=1");

  EXPECT_NE(page.find(R"("next":1)"), std::string::npos) << page;
  EXPECT_NE(page.find("****"), std::string::npos);
  EXPECT_EQ(page.find(test::test_pan(1)), std::string::npos);
  const std::string rest = get("/v1/issuers/card-a/cards?limit=1&after=1");
  EXPECT_NE(rest.find(R"("seq":2)"), std::string::npos);
  EXPECT_NE(rest.find(R"("next":null)"), std::string::npos);
  EXPECT_NE(get("/v1/issuers/card-a/cards?limit=x").find("BAD_REQUEST"), std::string::npos);
  EXPECT_NE(get("/v1/issuers/card-a/cards?limit=1001").find("BAD_REQUEST"), std::string::npos);
}

TEST_F(IssuerRoutesTest, LosesCardsAsToldAndKeepsItsPlace) {
  ASSERT_EQ(post(push(0, 1)), 200);
  ASSERT_EQ(post(push(1, 2)), 200);
  const auto lose = [this](const std::string& json, const std::string& client) {
    ClientRequest post = request("POST", "/v1/issuers/card-a/forget");
    post.headers = {{"Content-Type", "application/json"}};
    post.body = json;
    const auto response = send(std::move(post), {}, client);
    return response ? std::to_string(response.value().status) + response.value().body : "";
  };
  EXPECT_EQ(lose(R"({"cards":1})", "jcb-a").substr(0, 3), "403");
  EXPECT_EQ(lose(R"({"cards":0})", "desk-a").substr(0, 3), "422");
  EXPECT_EQ(lose(R"({"cards":1})", "desk-a"), R"(200{"forgotten":1})");
  EXPECT_NE(get("/v1/issuers").find(R"("entries":1,"epoch":1,"through":2)"), std::string::npos);
  EXPECT_EQ(lose(R"({"cards":5})", "desk-a"), R"(200{"forgotten":1})") << "no more are there";
}

TEST_F(IssuerRoutesTest, FailsAsToldAndThenTakesTheRetry) {
  ASSERT_EQ(behave(R"({"mode":"fail","status":429,"count":1})"), 200);
  const auto batch = push(0, 3);

  EXPECT_EQ(post(batch), 429);
  EXPECT_EQ(post(batch), 200);
  EXPECT_EQ(behave(R"({"mode":"odd"})"), 422);
}

TEST_F(IssuerRoutesTest, SlowAnswersLateAndRight) {
  ASSERT_EQ(behave(R"({"mode":"slow","delay_ms":80,"count":1})"), 200);
  const auto since = std::chrono::steady_clock::now();

  EXPECT_EQ(post(push(0, 3)), 200);

  EXPECT_GE(std::chrono::steady_clock::now() - since, std::chrono::milliseconds{80});
}

TEST_F(IssuerRoutesTest, VanishedTakesTheRequestAndSaysNothing) {
  ASSERT_EQ(behave(R"({"mode":"vanish","delay_ms":200,"count":1})"), 200);
  const auto batch = push(0, 3);
  ClientRequest lost = request("POST", "/feeds/card-a");
  lost.headers = {{"Content-Type", "application/jose"}};
  lost.body = batch.body;

  const auto response =
      send(std::move(lost), {.response_timeout = std::chrono::milliseconds{50}}, "jcb-a");

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::kResponseTimeout);
  EXPECT_EQ(post(batch), 200);
}

TEST_F(IssuerRoutesTest, NoCardNumberInLogsOrMetrics) {
  ASSERT_EQ(post(push(0, 1)), 200);
  auto forged = push(1, 2);
  forged.signature = "v1,AAAA";
  ASSERT_EQ(post(forged), 401);

  EXPECT_TRUE(logged("push_refused"));
  EXPECT_FALSE(logged(test::test_pan(1)));
  EXPECT_EQ(metrics_.expose().find(test::test_pan(1)), std::string::npos);
}

}  // namespace
}  // namespace cw::issuer
