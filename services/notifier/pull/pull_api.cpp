#include "notifier/pull/pull_api.hpp"

#include "lib/base/time.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/http/problem.hpp"
#include "notifier/pull/snapshot_source.hpp"
#include "notifier/push_target.hpp"
#include "notifier/reconcile/bucket_reader.hpp"
#include "notifier/sealed_batch.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kJose = "application/jose";
constexpr std::string_view kJoseSequence = "application/jose-seq";
// How often one who is pushed to, too, looks whether the push has come further.
constexpr auto kPushedLook = std::chrono::seconds{1};
// How long a change of state may take before its answer goes out without it.
constexpr auto kOrderPatience = std::chrono::seconds{10};

http::Response jose(std::string_view type, std::string body) {
  http::Response response{.status = 200};
  response.headers.set("Content-Type", std::string{type});
  response.body = std::move(body);
  return response;
}

bool pushed(const PullPlace& place) {
  return place.settings.mode == FeedMode::kPush;
}

/// To others than the issuer itself: what is pushed is not handed out before its turn, or a push
/// would meet a receiver that stands beyond it.
std::uint64_t end_of(const PullPlace& place) {
  const auto figures = place.feed->figures();
  return pushed(place) ? figures.through : figures.newest;
}

std::vector<crypto::Bucket> all_buckets() {
  std::vector<crypto::Bucket> buckets;
  for (std::size_t i = 0; i < crypto::kBuckets; ++i) {
    buckets.push_back(static_cast<crypto::Bucket>(i));
  }
  return buckets;
}

/// A data key that is on its way is a reason to wait, not to give up.
Error unavailable(Error error) {
  if (error.code == Errc::kNotFound) error.code = Errc::kUnavailable;
  return error;
}

void write_optional(codec::JsonWriter& writer, std::string_view name, std::string_view text) {
  text.empty() ? writer.null(name) : writer.string(name, text);
}

std::string status_json(const FeedStatus& feed) {
  const codec::FeedState& state = feed.delivery.state;
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("issuer", state.issuer.get());
  writer.string("state", codec::text(state.state));
  write_optional(writer, "set_by", state.set_by ? codec::text(*state.set_by) : "");
  write_optional(writer, "reason", state.reason.value_or(""));
  writer.number("epoch", state.epoch).number("through", feed.figures.through);
  writer.number("accepted_through", state.accepted_through);
  writer.number("applied_through", state.applied_through);
  writer.number("pending", feed.figures.pending).end_object();
  return out;
}

}  // namespace

/// One issuer's snapshot under way; ends with the body that is sent.
class PullApi::SnapshotTurn {
 public:
  /// Null if the issuer has one already, or all turns are taken.
  static std::shared_ptr<SnapshotTurn> take(std::shared_ptr<Snapshots> snapshots,
                                            const IssuerId& issuer,
                                            std::size_t most) {
    const std::lock_guard lock{snapshots->mutex};
    if (snapshots->running.size() >= most) return nullptr;
    if (!snapshots->running.insert(issuer).second) return nullptr;
    return std::shared_ptr<SnapshotTurn>(new SnapshotTurn(snapshots, issuer));
  }
  ~SnapshotTurn() {
    const std::lock_guard lock{snapshots_->mutex};
    snapshots_->running.erase(issuer_);
  }
  SnapshotTurn(const SnapshotTurn&) = delete;
  SnapshotTurn& operator=(const SnapshotTurn&) = delete;

 private:
  SnapshotTurn(std::shared_ptr<Snapshots> snapshots, IssuerId issuer)
      : snapshots_(std::move(snapshots)), issuer_(std::move(issuer)) {}

  const std::shared_ptr<Snapshots> snapshots_;
  const IssuerId issuer_;
};

PullApi::PullApi(Parts parts, PullOptions options)
    : parts_(std::move(parts)),
      options_(options),
      rate_(options.requests_per_second),
      room_(options.waiting),
      entries_(parts_.metrics.counters({"cardwatch_notifier_pulled_entries_total",
                                        "Entries handed out to issuers that asked for them.",
                                        {"issuer"}})),
      bytes_(parts_.metrics.counters({"cardwatch_notifier_pulled_bytes_total",
                                      "Bytes of batches handed out to issuers that asked.",
                                      {"issuer"}})) {}

std::optional<http::Response> PullApi::refuse(const IssuerId& issuer) {
  if (rate_.admit(issuer)) return std::nullopt;
  return http::problem(Errc::kLimitReached, "too many requests of this issuer a second");
}

Result<PullPlace> PullApi::open_place(const IssuerId& issuer) const {
  auto place = parts_.desk.place(issuer);
  if (!place) return place;
  const auto status = parts_.desk.status(issuer);
  if (!status) return status.error();
  const codec::FeedState& state = status.value().delivery.state;
  // A pause without a name behind it is trouble with pushing.
  const bool ordered = state.set_by.has_value() || state.state == codec::FeedStatus::kDisabled;
  if (state.state != codec::FeedStatus::kEnabled && ordered) {
    return Error{Errc::kConflict,
                 "the feed is " + std::string{codec::text(state.state)} +
                     ": nothing is handed out; see GET /v1/feed/status"};
  }
  return place;
}

http::Task<http::Response> PullApi::entries(IssuerId issuer, EntriesRequest asked) {
  const auto strand = co_await asio::this_coro::executor;
  std::unique_ptr<WaitRoom::Seat> seat;
  if (asked.wait.count() > 0) {
    auto taken = room_.enter(issuer, strand);
    if (!taken) co_return http::problem(taken.error());
    seat = std::move(taken).value();
  }
  const auto until = Clock::now() + asked.wait;
  for (;;) {
    auto batch = co_await next_batch(issuer, asked);
    if (!batch && batch.error().code == Errc::kEpochOver) co_return epoch_over(issuer);
    if (!batch) co_return http::problem(batch.error());
    if (batch.value()) {
      count(issuer, batch.value()->entries, batch.value()->body.size());
      co_return jose(kJose, std::move(batch.value()->body));
    }
    if (!seat || room_.stopping() || Clock::now() >= until) co_return http::Response::empty(204);
    const auto place = parts_.desk.place(issuer);
    const bool looks = place && pushed(place.value());
    co_await seat->wait(looks ? std::min(until, Clock::now() + kPushedLook) : until);
  }
}

http::Task<Result<std::optional<PullApi::Batch>>> PullApi::next_batch(IssuerId issuer,
                                                                      EntriesRequest asked) {
  const auto place = open_place(issuer);
  if (!place) co_return place.error();
  if (asked.epoch.value_or(place.value().epoch) != place.value().epoch) {
    co_return Error{Errc::kEpochOver, "another epoch"};
  }
  const auto newest = place.value().feed->figures().newest;
  if (asked.after > newest) {
    co_return Error{
        Errc::kConflict,
        "after is beyond the newest entry, " + std::to_string(newest) + ": begin with a snapshot"};
  }
  if (asked.after >= end_of(place.value())) co_return std::optional<Batch>{};
  std::unique_ptr<BuildGate::Turn> turn;
  if (parts_.gate) turn = co_await parts_.gate->enter();
  co_return make_batch(place.value(), asked);
}

Result<std::optional<PullApi::Batch>> PullApi::make_batch(const PullPlace& place,
                                                          const EntriesRequest& asked) {
  const auto key = encryption_key_at(place.settings, now());
  if (!key) return key.error();
  const std::size_t most = std::min<std::size_t>(asked.limit.value_or(place.settings.batch_max),
                                                 codec::kBatchEntriesMax);
  const std::uint64_t end = end_of(place);
  auto window = place.feed->page(asked.after, most);
  const auto beyond = std::find_if(
      window.entries.begin(), window.entries.end(), [end](const PendingEntry& pending) {
        return pending.entry.seq > end;
      });
  if (beyond != window.entries.end()) {
    window.entries.erase(beyond, window.entries.end());
    window.more = false;
  }
  if (window.entries.empty()) return std::optional<Batch>{};
  const IssuerId& issuer = place.feed->issuer();
  auto built = parts_.builder.build({.issuer = issuer,
                                     .epoch = place.epoch,
                                     .after = asked.after,
                                     .entries_max = most,
                                     .bytes_max = options_.batch_bytes_max},
                                    window,
                                    key.value());
  if (!built && built.error().code == Errc::kNotFound) return std::optional<Batch>{};
  if (!built) return std::move(built).error();
  BuiltBatch& batch = built.value();
  if (!batch.body.empty()) return std::optional{Batch{std::move(batch.body), batch.entries.size()}};
  // Entries that cannot be named to the issuer: it is told to pass over them.
  auto empty = sealed_batch(key.value(),
                            {.issuer = issuer,
                             .epoch = place.epoch,
                             .batch = fresh_batch_id(),
                             .after = asked.after,
                             .through = batch.through,
                             .more = window.more},
                            {});
  if (!empty) return std::move(empty).error();
  return std::optional{Batch{std::move(empty).value(), 0}};
}

http::Response PullApi::epoch_over(const IssuerId& issuer) const {
  const auto place = parts_.desk.place(issuer);
  if (!place) return http::problem(place.error());
  const std::string epoch = std::to_string(place.value().epoch);
  http::Response response =
      http::problem(Errc::kEpochOver, "the feed is in epoch " + epoch + ": begin with a snapshot");
  response.body.insert(response.body.size() - 1, ",\"epoch\":" + epoch);
  return response;
}

http::Task<http::Response> PullApi::snapshot(IssuerId issuer,
                                             std::optional<std::vector<crypto::Bucket>> buckets) {
  const auto place = open_place(issuer);
  if (!place) co_return http::problem(place.error());
  auto key = encryption_key_at(place.value().settings, now());
  if (!key) co_return http::problem(key.error());
  auto turn = SnapshotTurn::take(snapshots_, issuer, options_.snapshots_max);
  if (!turn) co_return http::problem(Errc::kLimitReached, "a snapshot is under way");
  const bool whole = !buckets.has_value();
  IssuerFeed& feed = *place.value().feed;
  const auto hashed =
      co_await hash_feed(parts_.builder, feed, /*all=*/whole && !pushed(place.value()));
  if (!hashed) co_return http::problem(unavailable(hashed.error()));
  const auto source = std::make_shared<SnapshotSource>(
      parts_.builder,
      parts_.gate,
      SnapshotSource::Plan{.feed = place.value().feed,
                           .epoch = place.value().epoch,
                           .at = whole ? end_of(place.value()) : feed.figures().through,
                           .buckets = whole ? all_buckets() : std::move(*buckets),
                           .snapshot = whole,
                           .limits = {.entries_max = place.value().settings.batch_max,
                                      .bytes_max = options_.batch_bytes_max},
                           .key = std::move(key).value()});
  http::Response response = jose(kJoseSequence, {});
  response.body_source = [this, issuer, source, turn]() -> http::Task<Result<std::string_view>> {
    auto line = co_await source->next();
    if (line) count(issuer, 0, line.value().size());
    co_return line;
  };
  co_return response;
}

http::Task<http::Response> PullApi::digest(IssuerId issuer) {
  const auto place = parts_.desk.place(issuer);
  if (!place) co_return http::problem(place.error());
  const auto hashed = co_await hash_feed(parts_.builder, *place.value().feed, /*all=*/false);
  if (!hashed) co_return http::problem(unavailable(hashed.error()));
  const auto digests = place.value().feed->digests();
  if (!digests) {
    co_return http::problem(Errc::kUnavailable,
                            "entries are pending: take and acknowledge them first");
  }
  co_return http::Response::json(
      200,
      encode(codec::FeedDigestDocument{
          .issuer = issuer,
          .epoch = place.value().epoch,
          .digest = codec::digest_sums(digests->through, digests->buckets)}));
}

http::Task<http::Response> PullApi::acknowledge(IssuerId issuer, codec::FeedAck ack) {
  const auto place = parts_.desk.place(issuer);
  if (!place) co_return http::problem(place.error());
  auto cards = std::exchange(ack.answer.cards, {});
  const auto acknowledged = co_await parts_.desk.acknowledge(issuer, std::move(ack));
  if (!acknowledged) co_return http::problem(acknowledged.error());
  const auto taken = co_await parts_.answers.take(place.value().feed, std::move(cards));
  if (!taken) co_return http::problem(taken.error());
  const auto status = parts_.desk.status(issuer);
  if (!status) co_return http::problem(status.error());
  const codec::FeedState& state = status.value().delivery.state;
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().number("accepted_through", state.accepted_through);
  writer.number("applied_through", state.applied_through);
  writer.number("cards", std::uint64_t{taken.value().cards});
  writer.number("unknown_cards", std::uint64_t{taken.value().unknown}).end_object();
  co_return http::Response::json(200, std::move(out));
}

http::Response PullApi::verify(const IssuerId& issuer, const std::string& state) {
  const auto place = parts_.desk.place(issuer);
  if (!place) return http::problem(place.error());
  const auto key = encryption_key_at(place.value().settings, now());
  if (!key) return http::problem(key.error());
  const std::uint64_t through = place.value().feed->figures().through;
  auto body = sealed_batch(key.value(),
                           {.issuer = issuer,
                            .epoch = place.value().epoch,
                            .batch = fresh_batch_id(),
                            .after = through,
                            .through = through,
                            .more = false,
                            .verification = state},
                           {});
  if (!body) return http::problem(body.error());
  return jose(kJose, std::move(body).value());
}

http::Response PullApi::status(const IssuerId& issuer) {
  const auto status = parts_.desk.status(issuer);
  if (!status) return http::problem(status.error());
  return http::Response::json(200, status_json(status.value()));
}

http::Task<http::Response> PullApi::set_status(IssuerId issuer,
                                               StatusRequest asked,
                                               std::string by) {
  FeedOrder order{.kind = FeedOrder::Kind::kResume,
                  .set_by = codec::FeedSetBy::kIssuer,
                  .by = std::move(by),
                  .reason = std::move(asked.reason)};
  if (asked.state == codec::FeedStatus::kPaused) order.kind = FeedOrder::Kind::kPause;
  if (asked.state == codec::FeedStatus::kDisabled) order.kind = FeedOrder::Kind::kDisable;
  const auto outcome = co_await parts_.desk.order(issuer, std::move(order), kOrderPatience);
  if (outcome && !*outcome) co_return http::problem(outcome->error());
  auto response = status(issuer);
  // Not carried out yet: it will be, after the message under way.
  if (!outcome && response.status == 200) response.status = 202;
  co_return response;
}

void PullApi::count(const IssuerId& issuer, std::size_t entries, std::size_t bytes) const {
  entries_.with({issuer.get()}).add(static_cast<double>(entries));
  bytes_.with({issuer.get()}).add(static_cast<double>(bytes));
}

}  // namespace cw::notifier
