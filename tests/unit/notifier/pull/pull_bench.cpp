#include "unit/notifier/pull/pull_bench.hpp"

#include "lib/http/percent.hpp"
#include "lib/http/problem.hpp"

#include <algorithm>

namespace cw::notifier::test {
namespace {

class TextBody final : public http::BodyReader {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  http::Task<Result<std::string_view>> next() override {
    const std::string_view piece = std::exchange(done_, true) ? std::string_view{} : text_;
    co_return piece;
  }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const override {
    return text_.size();
  }

 private:
  std::string text_;
  bool done_ = false;
};

}  // namespace

FakeDesk::Feed& FakeDesk::add(const IssuerId& issuer,
                              FeedMode mode,
                              const crypto::PrivateKey& key) {
  Feed feed{.feed = std::make_shared<IssuerFeed>(issuer), .settings = settings(""), .state = {}};
  feed.settings.encryption_key = key.public_key().to_jwk();
  feed.settings.mode = mode;
  feed.state.issuer = issuer;
  return feeds.insert_or_assign(issuer, std::move(feed)).first->second;
}

Result<PullPlace> FakeDesk::place(const IssuerId& issuer) const {
  const auto found = feeds.find(issuer);
  if (found == feeds.end()) return Error{Errc::kFeedNotHere, "not here"};
  return PullPlace{found->second.feed, found->second.settings, epoch};
}

Result<FeedStatus> FakeDesk::status(const IssuerId& issuer) const {
  const auto found = feeds.find(issuer);
  if (found == feeds.end()) return Error{Errc::kFeedNotHere, "not here"};
  FeedStatus status;
  status.delivery.state = found->second.state;
  status.delivery.state.epoch = epoch;
  status.figures = found->second.feed->figures();
  return status;
}

http::Task<Status> FakeDesk::acknowledge(IssuerId issuer, codec::FeedAck ack) {
  Feed& feed = feeds.at(issuer);
  const std::uint64_t accepted = ack.accepted_through.value_or(feed.state.accepted_through);
  if (accepted < feed.state.accepted_through) co_return Error{Errc::kAckBackwards, "backwards"};
  EXPECT_TRUE(ack.answer.cards.empty()) << "they are taken apart from it";
  feed.state.accepted_through = std::min(accepted, feed.feed->figures().newest);
  feed.state.applied_through = ack.applied_through.value_or(feed.state.applied_through);
  EXPECT_TRUE(feed.feed->accept(feed.state.accepted_through));
  co_return Ok{};
}

http::Task<std::optional<Status>> FakeDesk::order(IssuerId issuer,
                                                  FeedOrder order,
                                                  std::chrono::milliseconds) {
  codec::FeedState& state = feeds.at(issuer).state;
  const auto checked = check_order(order, {.state = state.state, .set_by = state.set_by});
  if (!checked) co_return checked;
  if (!carries_out) co_return std::nullopt;
  state.state = standing_after(order).state;
  state.set_by = order.set_by;
  state.by = order.by;
  state.reason = order.reason;
  co_return Status{Ok{}};
}

http::Task<Status> MemoryAnswerLog::write(std::vector<IssuerAnswer> answers) {
  if (away) co_return Error{Errc::kBrokerUnavailable, "away"};
  for (IssuerAnswer& answer : answers) written.push_back(std::move(answer));
  co_return Ok{};
}

PullTest::PullTest()
    : router_(http::Principals{{{.name = "jcb-a", .roles = {"pull"}, .issuer = "jcb-a"},
                                {.name = "jcb-b", .roles = {"pull"}, .issuer = "jcb-b"},
                                {.name = "jcb-a-reports", .roles = {"report"}, .issuer = "jcb-a"},
                                {.name = "elsewhere", .roles = {"pull"}, .issuer = "jcb-z"},
                                {.name = "desk-a", .roles = {"pull", "read", "feed"}}}}) {
  ring_.add(keys().data.id(), keys().wrapped);
  desk_.add(kIssuer, FeedMode::kPull, keys().issuer);
  desk_.add(kOther, FeedMode::kPull, other_key_);
  add_pull_routes(router_, api_);
}

void PullTest::write(const WatchChange& change) {
  const IssuerId& issuer = change.entry.issuer;
  ASSERT_TRUE(feed(issuer).apply(0, ++seq_[issuer], now(), change));
  api_.wake(issuer);
}

void PullTest::write_cards(std::uint64_t first, std::uint64_t last, const IssuerId& issuer) {
  for (std::uint64_t i = first; i <= last; ++i) {
    WatchChange each = change(i);
    each.entry.issuer = issuer;
    write(each);
  }
}

http::Task<http::Response> PullTest::asking(const Asked& asked) {
  http::Request request{.method = asked.method};
  const std::size_t mark = std::min(asked.target.find('?'), asked.target.size());
  request.path = asked.target.substr(0, mark);
  if (mark < asked.target.size()) {
    request.query = http::parse_query(asked.target.substr(mark + 1)).value();
  }
  request.headers = asked.headers;
  request.peer.common_name = asked.principal;
  TextBody body{asked.body};
  const auto route = router_.resolve(request);
  if (!route) co_return http::problem(route.error());
  auto response = co_await route.value()->handler(request, body);
  while (response.body_source) {
    const auto piece = co_await response.body_source();
    EXPECT_TRUE(piece) << piece.error().detail;
    if (!piece || piece.value().empty()) break;
    response.body += piece.value();
  }
  co_return response;
}

http::Response PullTest::ask(const Asked& asked) {
  return http::run_blocking(io_, asking(asked));
}

std::vector<std::string> PullTest::lines(const http::Response& response) {
  std::vector<std::string> all;
  std::string_view left = response.body;
  while (!left.empty()) {
    const std::size_t end = left.find('\n');
    EXPECT_NE(end, std::string_view::npos) << "the last line is cut off";
    all.emplace_back(left.substr(0, end));
    left.remove_prefix(std::min(end, left.size() - 1) + 1);
  }
  return all;
}

}  // namespace cw::notifier::test
