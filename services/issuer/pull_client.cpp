#include "issuer/pull_client.hpp"

#include "lib/codec/feed_answer.hpp"
#include "lib/codec/feed_digest_codec.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/crypto/random.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace cw::issuer {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = PullFsm::Clock;

constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kConflict = 409;
constexpr int kUnavailable = 503;
/// Beyond the longest poll, with time for a snapshot to be made.
constexpr seconds kAnswerMargin{60};
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{1} << 30U;
constexpr int kRepairTries = 16;
constexpr std::size_t kVerificationBytes = 16;

http::ClientOptions client_options(const PullClient::Options& options) {
  http::ClientOptions made;
  made.response_timeout = options.plan.wait + kAnswerMargin;
  made.response_bytes_max = kAnswerBytesMax;
  return made;
}

/// The lines of a body; the last may lack its line feed.
std::vector<std::string_view> lines_of(std::string_view body) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    const std::string_view line = body.substr(0, end);
    if (!line.empty()) lines.push_back(line);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  }
  return lines;
}

/// Of a problem document; empty if it is none.
std::string code_of(const http::ClientResponse& response) {
  const auto problem = codec::JsonDocument::parse(response.body);
  return problem ? problem.value().root()["code"].text_or("") : std::string{};
}

Error refused(std::string_view what, const http::ClientResponse& response) {
  return {
      Errc::kRemoteRefused,
      std::string(what) + ": status " + std::to_string(response.status) + " " + code_of(response)};
}

}  // namespace

PullClient::PullClient(Inbox& inbox,
                       asio::any_io_executor executor,
                       std::shared_ptr<http::TlsContext> tls,
                       Options options)
    : inbox_(inbox),
      executor_(executor),
      client_(std::move(executor), std::move(tls), client_options(options)),
      options_(std::move(options)),
      plan_(options_.plan) {}

http::Task<void> PullClient::run() {
  while (!stopped_) co_await step();
}

http::Task<void> PullClient::step() {
  const PullAction action = plan_.next(Clock::now(), state());
  const Status status = co_await perform(action);
  if (status) co_return;
  ++failures_;
  plan_.failed(Clock::now());
  log_.warn_throttled(throttle_,
                      "pull_failed",
                      "The feed could not be fetched or acknowledged; it is tried again",
                      {{"issuer", inbox_.issuer().get()},
                       {"code", status.error().code},
                       {"detail", status.error().detail},
                       {"failures", plan_.failures()}});
}

PullFsm::State PullClient::state() {
  const codec::FeedAnswer answer = inbox_.acknowledgement(now());
  const Acknowledged held{.accepted = answer.accepted_through, .applied = answer.applied_through};
  PullFsm::State state{.empty = inbox_.position().epoch == 0,
                       .to_acknowledge = held != acknowledged_ || !answer.cards.empty()};
  if (const auto due = inbox_.next_acknowledgement()) {
    state.more_due = Clock::now() + std::max(*due - now(), milliseconds{0});
  }
  return state;
}

http::Task<Status> PullClient::perform(const PullAction& action) {
  switch (action.kind) {
    case PullAction::Kind::kVerify:
      co_return co_await verify();
    case PullAction::Kind::kSnapshot:
      co_return co_await take_snapshot();
    case PullAction::Kind::kAcknowledge:
      co_return co_await acknowledge();
    case PullAction::Kind::kRepair:
      co_return co_await repair(action.buckets);
    case PullAction::Kind::kDigest:
      co_return co_await compare();
    case PullAction::Kind::kEntries:
      co_return co_await take_entries(action.wait);
    case PullAction::Kind::kPause:
      break;
  }
  co_return co_await pause(action.wait);
}

http::Task<Status> PullClient::verify() {
  const std::string state = crypto::random_hex(kVerificationBytes);
  std::string json;
  codec::JsonWriter{json}.begin_object().string("state", state).end_object();
  const auto answer = co_await send("POST", "/v1/feed/verify", std::move(json));
  if (!answer) co_return answer.error();
  if (answer.value().status != kOk) co_return refused("verify", answer.value());
  const auto receipt = inbox_.accept_pulled(answer.value().body, now());
  if (!receipt) co_return receipt.error();
  if (receipt.value().answer.verification != state) {
    co_return Error{Errc::kResponseMalformed, "verify: another state came back"};
  }
  plan_.verified();
  co_return Ok{};
}

http::Task<Status> PullClient::take_snapshot() {
  const auto answer = co_await send("GET", "/v1/feed/snapshot", {});
  if (!answer) co_return answer.error();
  if (answer.value().status != kOk) co_return refused("snapshot", answer.value());
  bool ended = false;
  for (const std::string_view line : lines_of(answer.value().body)) {
    const auto receipt = inbox_.accept_pulled(line, now());
    if (!receipt) co_return receipt.error();
    ended = true;
  }
  if (!ended) co_return Error{Errc::kResponseMalformed, "snapshot: no part of it came"};
  plan_.snapshot_taken();
  co_return Ok{};
}

http::Task<Status> PullClient::repair(const std::vector<crypto::Bucket>& buckets) {
  std::string target = "/v1/feed/snapshot?buckets=";
  for (const crypto::Bucket bucket : buckets) {
    if (!target.ends_with('=')) target += ',';
    target += crypto::bucket_hex(bucket);
  }
  const auto answer = co_await send("GET", std::move(target), {});
  if (!answer) co_return answer.error();
  if (answer.value().status != kOk) co_return refused("repair", answer.value());
  for (const std::string_view line : lines_of(answer.value().body)) {
    const Status taken = co_await repair_with(line);
    if (!taken) co_return taken;
  }
  plan_.repaired();
  co_return Ok{};
}

/// A state from beyond what is held is taken once the entries up to it have come.
http::Task<Status> PullClient::repair_with(std::string_view line) {
  for (int i = 0; i < kRepairTries; ++i) {
    const auto receipt = inbox_.accept_pulled(line, now());
    if (receipt) co_return Ok{};
    if (receipt.error().code != Errc::kConflict) co_return receipt.error();
    const Status caught_up = co_await take_entries(milliseconds{0});
    if (!caught_up) co_return caught_up;
  }
  co_return Error{Errc::kConflict, "repair: the entries before it do not come"};
}

http::Task<Status> PullClient::compare() {
  const auto answer = co_await send("GET", "/v1/feed/digest", {});
  if (!answer) co_return answer.error();
  if (answer.value().status == kUnavailable) {
    // Entries are under way; the sender knows its digest only between them.
    plan_.compared(Clock::now(), std::nullopt);
    co_return Ok{};
  }
  if (answer.value().status != kOk) co_return refused("digest", answer.value());
  const auto document = codec::decode_feed_digest(answer.value().body);
  if (!document) co_return document.error();
  const auto& [issuer, epoch, digest] = document.value();
  if (issuer != inbox_.issuer()) {
    co_return Error{Errc::kKeyMismatch, "the digest is of another issuer's feed"};
  }
  if (epoch != inbox_.position().epoch) {
    plan_.lost_track();
    co_return Ok{};
  }
  plan_.compared(Clock::now(), inbox_.compare(epoch, digest));
  co_return Ok{};
}

http::Task<Status> PullClient::take_entries(milliseconds wait) {
  const FeedPosition held = inbox_.position();
  const std::string target = "/v1/feed/entries?after=" + std::to_string(held.through) +
                             "&epoch=" + std::to_string(held.epoch) +
                             "&limit=" + std::to_string(options_.entries_max) +
                             "&wait=" + std::to_string(std::chrono::floor<seconds>(wait).count());
  const auto answer = co_await send("GET", target, {});
  if (!answer) co_return answer.error();
  const http::ClientResponse& response = answer.value();
  if (response.status == kNoContent) {
    plan_.nothing_came(Clock::now());
    co_return Ok{};
  }
  if (response.status == kConflict) co_return co_await lose_track(response);
  if (response.status != kOk) co_return refused("entries", response);
  const auto receipt = inbox_.accept_pulled(response.body, now());
  if (!receipt && receipt.error().code == Errc::kConflict) plan_.lost_track();
  if (!receipt) co_return receipt.error();
  plan_.entries_came(receipt.value().more);
  co_return Ok{};
}

http::Task<Status> PullClient::lose_track(const http::ClientResponse& refusal) {
  if (code_of(refusal) != name(Errc::kEpochOver)) {
    const auto answer = co_await send("GET", "/v1/feed/status", {});
    if (!answer) co_return answer.error();
    const auto status = codec::JsonDocument::parse(answer.value().body);
    const bool enabled = status && status.value().root()["state"].text() == "enabled";
    if (!enabled) co_return refused("entries, of a feed that is paused", refusal);
  }
  plan_.lost_track();
  co_return Ok{};
}

http::Task<Status> PullClient::acknowledge() {
  const codec::FeedAnswer held = inbox_.acknowledgement(now());
  codec::FeedAck ack{.applied_through = held.applied_through, .answer = held};
  // What is pushed is acknowledged as accepted in the answer to the push.
  if (options_.plan.entries) ack.accepted_through = held.accepted_through;
  const auto answer = co_await send("POST", "/v1/feed/ack", codec::encode(ack));
  if (!answer) co_return answer.error();
  const int status = answer.value().status;
  if (status == kConflict) {
    // What was acknowledged before cannot be taken back; the comparison of digests will tell.
    log_.warn("acknowledgement_refused",
              "The sender knows of a later acknowledgement than this one",
              {{"issuer", inbox_.issuer().get()}, {"through", held.accepted_through}});
  } else if (status / 100 != 2) {
    co_return refused("ack", answer.value());
  }
  inbox_.acknowledged();
  acknowledged_ = {.accepted = held.accepted_through, .applied = held.applied_through};
  plan_.acknowledged();
  co_return Ok{};
}

http::Task<Status> PullClient::pause(milliseconds length) {
  asio::steady_timer timer(executor_, length);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return Ok{};
}

http::Task<PullClient::Answer> PullClient::send(std::string method,
                                                std::string target,
                                                std::string body) {
  auto url = http::parse_url(options_.url);
  if (!url) co_return url.error();
  ++requests_;
  http::ClientRequest request;
  request.method = std::move(method);
  request.url = std::move(url).value();
  request.url.target = std::move(target);
  // Where the notifier is was set by whoever runs this process.
  request.private_addresses = http::PrivateAddresses::kAllow;
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  co_return co_await client_.send(std::move(request));
}

}  // namespace cw::issuer
