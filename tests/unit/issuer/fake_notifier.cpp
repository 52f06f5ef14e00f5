#include "unit/issuer/fake_notifier.hpp"

#include "lib/codec/feed_digest_codec.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/http/problem.hpp"

#include <algorithm>
#include <functional>

namespace cw::issuer {
namespace {

http::Response jose(std::string body, const char* type = "application/jose") {
  return {.status = 200, .headers = {{"Content-Type", type}}, .body = std::move(body)};
}

}  // namespace

void FakeNotifier::add_to(http::Router& router) {
  const auto add = [&](const char* method, const char* path, auto answer) {
    router.add(method,
               path,
               {.role = "pull"},
               [this, answer](const http::Request& request,
                              http::BodyReader& body) -> http::Task<http::Response> {
                 const auto text = co_await body.read_all(1U << 24U);
                 if (!text) co_return http::problem(text.error());
                 const std::lock_guard lock(mutex_);
                 if (auto instead = note(request)) co_return std::move(*instead);
                 co_return answer(request, text.value());
               });
  };
  using R = const http::Request&;
  using B = const std::string&;
  add("GET", "/v1/feed/entries", [this](R request, B) { return entries(request); });
  add("GET", "/v1/feed/snapshot", [this](R request, B) { return snapshot(request); });
  add("GET", "/v1/feed/digest", [this](R, B) { return digest(); });
  add("GET", "/v1/feed/status", [](R, B) {
    return http::Response::json(200, R"({"state":"enabled"})");
  });
  add("POST", "/v1/feed/ack", [this](R, B body) { return acknowledge(body); });
  add("POST", "/v1/feed/verify", [this](R, B body) { return verify(body); });
}

void FakeNotifier::put(std::uint64_t card, FeedOp op) {
  const std::lock_guard lock(mutex_);
  put_now(card, op);
}

void FakeNotifier::put_now(std::uint64_t card, FeedOp op) {
  cards_[card] = {.entry = {.seq = ++through_, .card = card, .op = op},
                  .position = crypto::card_position(card_number(card))};
}

void FakeNotifier::begin_epoch() {
  const std::lock_guard lock(mutex_);
  ++epoch_;
  through_ = 0;
  cards_.clear();
}

void FakeNotifier::answer_with(const std::string& path, http::Response response, int times) {
  const std::lock_guard lock(mutex_);
  instead_[path] = {times, std::move(response)};
}

void FakeNotifier::pretend_epoch(std::optional<std::uint32_t> epoch) {
  const std::lock_guard lock(mutex_);
  pretended_epoch_ = epoch;
}

void FakeNotifier::put_before_repair(std::vector<std::uint64_t> cards) {
  const std::lock_guard lock(mutex_);
  before_repair_ = std::move(cards);
}

std::uint64_t FakeNotifier::through() const {
  const std::lock_guard lock(mutex_);
  return through_;
}

std::vector<std::string> FakeNotifier::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<codec::FeedAck> FakeNotifier::acks() const {
  const std::lock_guard lock(mutex_);
  return acks_;
}

std::optional<http::Response> FakeNotifier::note(const http::Request& request) {
  std::string line = request.method + " " + request.path;
  for (const auto& [name, value] : request.query.all()) {
    line += (line.find('?') == std::string::npos ? "?" : "&") + name + "=" + value;
  }
  requests_.push_back(std::move(line));
  const auto found = instead_.find(request.path);
  if (found == instead_.end() || found->second.first == 0) return std::nullopt;
  --found->second.first;
  return found->second.second;
}

http::Response FakeNotifier::entries(const http::Request& request) {
  if (request.query.get("epoch") != std::to_string(epoch_)) {
    return http::Response::json(409,
                                R"({"code":"EPOCH_OVER","epoch":)" + std::to_string(epoch_) + "}");
  }
  const std::uint64_t after = std::stoull(std::string(request.query.get("after")));
  const std::size_t limit = std::stoull(std::string(request.query.get("limit")));
  std::vector<FeedSender::Entry> found;
  for (const auto& [card, current] : cards_) {
    if (current.entry.seq > after) found.push_back(current.entry);
  }
  if (found.empty()) return http::Response::empty(204);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
  const bool more = found.size() > limit;
  if (more) found.resize(limit);
  auto head = plain_head(after, more ? found.back().seq : through_, epoch_);
  head.more = more;
  return jose(sender_.push(head, found).body);
}

std::string FakeNotifier::part(codec::FeedBatchHead head, codec::PositionRange range) const {
  std::vector<FeedSender::Entry> found;
  for (const auto& [card, current] : cards_) {
    if (current.entry.op != FeedOp::kDelt && range.holds(current.position)) {
      found.push_back(current.entry);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
  head.replaces = range;
  return sender_.push(std::move(head), found).body + "\n";
}

http::Response FakeNotifier::snapshot(const http::Request& request) {
  std::string body;
  const auto buckets = request.query.find("buckets");
  if (!buckets) {
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 63U;
    for (const auto range :
         {codec::PositionRange{0, kHalf - 1}, codec::PositionRange{kHalf, kAllPositions.through}}) {
      body += part(snapshot_head(range, through_, epoch_), range);
    }
    return jose(std::move(body), "application/jose-seq");
  }
  for (const std::uint64_t card : before_repair_) put_now(card, FeedOp::kUpdt);
  before_repair_.clear();
  for (std::string_view rest = *buckets; !rest.empty();) {
    const auto bucket = std::uint64_t{crypto::bucket_from(rest.substr(0, 2)).value()};
    const codec::PositionRange range{bucket << 56U, bucket << 56U | (kAllPositions.through >> 8U)};
    body += part(repair_head(range, through_, epoch_), range);
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 3));
  }
  return jose(std::move(body), "application/jose-seq");
}

http::Response FakeNotifier::digest() {
  crypto::BucketDigests digests;
  for (const auto& [card, current] : cards_) {
    if (current.entry.op == FeedOp::kDelt) continue;
    const auto batch = sender_.batch(plain_head(0, through_), {current.entry});
    digests.add(crypto::bucket_of(current.position),
                crypto::sha256(batch.entries.at(0).canonical.reveal()));
  }
  return http::Response::json(
      200,
      codec::encode(codec::FeedDigestDocument{.issuer = sender_.issuer(),
                                              .epoch = pretended_epoch_.value_or(epoch_),
                                              .digest = codec::digest_sums(through_, digests)}));
}

http::Response FakeNotifier::acknowledge(const std::string& json) {
  auto ack = codec::decode_feed_ack(json);
  if (!ack) return http::problem(ack.error());
  acks_.push_back(std::move(ack).value());
  return http::Response::json(200, "{}");
}

http::Response FakeNotifier::verify(const std::string& json) {
  const auto document = codec::JsonDocument::parse(json);
  const std::string state = document.value().root()["state"].text_or("");
  return jose(sender_.push(verification_head(state, through_, epoch_), {}).body);
}

}  // namespace cw::issuer
