#include "notifier/feed_api.hpp"

#include "lib/codec/json_value.hpp"
#include "lib/http/percent.hpp"
#include "lib/http/problem.hpp"
#include "worker_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace cw::notifier::test {
namespace {

using http::Response;

/// A request's body, in one piece.
class TextBody final : public http::BodyReader {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  http::Task<Result<std::string_view>> next() override {
    co_return std::exchange(given_, true) ? std::string_view{} : std::string_view{text_};
  }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const override {
    return text_.size();
  }

 private:
  std::string text_;
  bool given_ = false;
};

class FeedApiTest : public WorkerTest {
 protected:
  FeedApiTest() { api_.add_routes(router_); }

  void deliver(std::uint64_t cards) {
    bring_key();
    write_cards(1, cards);
    set_endpoint(settings(issuer_.url()));
    start();
    ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  }

  /// As the principal `who`; the document of the answer is in `answer_`.
  int ask(const std::string& method,
          std::string path,
          std::string body = {},
          const std::string& who = "ops-a") {
    http::Request request{.method = method, .path = {}, .peer = {.common_name = who}};
    const auto query = path.find('?');
    if (query != std::string::npos) {
      request.query = http::parse_query(path.substr(query + 1)).value();
      path.resize(query);
    }
    request.path = path;
    const auto route = router_.resolve(request);
    if (!route) return http::problem(route.error()).status;
    TextBody reader{std::move(body)};
    auto work = perform(*route.value(), request, reader);
    const auto response =
        boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future).get();
    answer_ = codec::JsonDocument::parse(response->body).value();
    return response->status;
  }
  [[nodiscard]] codec::JsonValue answer() const { return answer_->root(); }

 private:
  static http::Task<std::optional<Response>> perform(const http::Route& route,
                                                     const http::Request& request,
                                                     http::BodyReader& body) {
    auto response = co_await route.handler(request, body);
    co_return std::move(response);
  }

  FeedApi api_{{.worker =
                    [this](const IssuerId& issuer) {
                      return worker_ && issuer == kIssuer ? worker_ : nullptr;
                    },
                .statuses = [this] { return std::vector{status()}; },
                .control = control_,
                .builder = builder_}};
  http::Router router_{http::Principals{
      {{.name = "ops-a", .roles = {"read", "feed"}}, {.name = "reader", .roles = {"read"}}}}};
  std::optional<codec::JsonDocument> answer_;
};

TEST_F(FeedApiTest, FeedsAreShownToWhoMayRead) {
  deliver(2);
  ASSERT_EQ(ask("GET", "/v1/feeds", "", "reader"), 200);
  EXPECT_EQ(answer()[std::size_t{0}]["issuer"].text(), "jcb-a");
  ASSERT_EQ(ask("GET", "/v1/feeds/jcb-a", "", "reader"), 200);
  EXPECT_EQ(answer()["entries"].integer(), 2);
  EXPECT_EQ(ask("GET", "/v1/feeds", "", "nobody"), 403);
}

TEST_F(FeedApiTest, OnlyTheRoleFeedChangesAnything) {
  deliver(1);
  for (const char* what : {"pause", "resume", "disable", "probe", "replay", "set-aside/retry"}) {
    EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/" + std::string{what}, "{}", "reader"), 403) << what;
  }
  EXPECT_EQ(status().delivery.state.state, codec::FeedStatus::kEnabled);
}

TEST_F(FeedApiTest, PauseAndResumeWithAReason) {
  deliver(1);
  ASSERT_EQ(ask("POST", "/v1/feeds/jcb-a/pause", R"({"reason":"their move"})"), 200);
  EXPECT_EQ(answer()["state"].text(), "paused");
  EXPECT_EQ(answer()["set_by"].text(), "us");
  EXPECT_EQ(answer()["by"].text(), "ops-a");
  EXPECT_EQ(answer()["reason"].text(), "their move");
  ASSERT_EQ(ask("POST", "/v1/feeds/jcb-a/resume"), 200);
  EXPECT_EQ(answer()["state"].text(), "enabled");
  ASSERT_EQ(ask("POST", "/v1/feeds/jcb-a/disable", "{}"), 200);
  EXPECT_EQ(answer()["state"].text(), "disabled");
}

TEST_F(FeedApiTest, AProbeShowsWhatTheEndpointAnswered) {
  deliver(1);
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/probe"), 200);
  issuer_.behave([](const Received&) { return Response::empty(500); });
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/probe"), 502);
  EXPECT_EQ(answer()["code"].text(), "REMOTE_REFUSED");
  EXPECT_EQ(answer()["detail"].text(), "status 500");
}

TEST_F(FeedApiTest, AReplayIsWithinWhatWasSent) {
  deliver(4);
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/replay", "{}"), 422) << "from where?";
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/replay", R"({"after":5})"), 409);
  ASSERT_EQ(ask("POST", "/v1/feeds/jcb-a/replay", R"({"after":1})"), 200);
  EXPECT_EQ(answer()["rewinds"].integer(), 1);
  ASSERT_TRUE(until([this] { return all_delivered(); }));
  EXPECT_EQ(issuer_.batches().back().seqs, (std::vector<std::uint64_t>{2, 3, 4}));
}

TEST_F(FeedApiTest, WhatWasSetAsideIsListedAndOfferedAgain) {
  bring_key();
  write_cards(1, 3);
  const std::string fault{pan(2).reveal()};
  issuer_.behave([fault](const Received& push) -> std::optional<Response> {
    const bool holds = std::find(push.pans.begin(), push.pans.end(), fault) != push.pans.end();
    return holds ? std::optional{Response::empty(422)} : std::nullopt;
  });
  set_endpoint(settings(issuer_.url()));
  start();
  ASSERT_TRUE(until([this] { return all_delivered(); })) << last_error();
  ASSERT_EQ(ask("GET", "/v1/feeds/jcb-a/set-aside?limit=10"), 200);
  EXPECT_EQ(answer()["count"].integer(), 1);
  EXPECT_EQ(answer()["entries"][std::size_t{0}]["seq"].integer(), 2);
  ASSERT_EQ(ask("GET", "/v1/feeds/jcb-a/set-aside?after=2"), 200);
  EXPECT_EQ(answer()["entries"].size(), 0U);
  issuer_.behave({});
  ASSERT_EQ(ask("POST", "/v1/feeds/jcb-a/set-aside/retry"), 200);
  EXPECT_EQ(answer()["taken"].integer(), 1);
  ASSERT_EQ(ask("GET", "/v1/feeds/jcb-a/set-aside"), 200);
  EXPECT_EQ(answer()["count"].integer(), 0);
}

TEST_F(FeedApiTest, AFeedThatIsNotHereIsToldFromOneThatIsNowhere) {
  set_endpoint(settings(issuer_.url()));
  EXPECT_EQ(ask("GET", "/v1/feeds/jcb-a"), 421);
  EXPECT_EQ(answer()["code"].text(), "FEED_NOT_HERE");
  EXPECT_TRUE(answer()["hint"].text());
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-b/pause"), 404);
  EXPECT_EQ(answer()["code"].text(), "UNKNOWN_ISSUER");
}

TEST_F(FeedApiTest, RubbishIsRefusedByName) {
  deliver(1);
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/pause", "[]"), 422);
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/pause", "{"), 400);
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/pause", R"({"reasons":"x"})"), 422);
  EXPECT_EQ(ask("POST", "/v1/feeds/jcb-a/pause", R"({"reason":")" + std::string(257, 'x') + "\"}"),
            422);
  EXPECT_EQ(status().delivery.state.state, codec::FeedStatus::kEnabled);
}

}  // namespace
}  // namespace cw::notifier::test
