#include "notifier/pull/pull_request.hpp"

#include "lib/base/quoted.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/http/principals.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace cw::notifier {
namespace {

constexpr std::size_t kEchoMax = 32;
constexpr std::uint64_t kSeqMax = 9'223'372'036'854'775'807ULL;
constexpr std::uint64_t kEpochMax = 2'147'483'647ULL;

/// Each parameter is known and stands once.
Status check_names(const http::Params& query, const std::set<std::string_view>& known) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : query.all()) {
    if (!known.contains(name)) {
      return Error{Errc::kBadRequest, "unknown parameter " + quoted(name.substr(0, kEchoMax))};
    }
    if (!seen.insert(name).second) {
      return Error{Errc::kBadRequest, "parameter " + name + " stands twice"};
    }
  }
  return Ok{};
}

struct Bounds {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
};

/// Nothing if the parameter is missing.
Result<std::optional<std::uint64_t>> number(const http::Params& query,
                                            std::string_view name,
                                            Bounds bounds) {
  const auto text = query.find(name);
  if (!text) return std::optional<std::uint64_t>{};
  std::uint64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  const bool read = error == std::errc{} && rest == end && !text->empty();
  if (!read || value < bounds.min || value > bounds.max) {
    return Error{Errc::kBadRequest,
                 std::string{name} + ": a number from " + std::to_string(bounds.min) + " to " +
                     std::to_string(bounds.max)};
  }
  return std::optional{value};
}

Error violation(std::string_view pointer, std::string_view wanted) {
  return {Errc::kSchemaViolation, std::string{pointer} + ": " + std::string{wanted}};
}

/// An object with these members and no others.
Result<codec::JsonDocument> parse_object(std::string_view body,
                                         const std::set<std::string_view>& known) {
  auto document = codec::JsonDocument::parse(body);
  if (!document) return document;
  const auto root = document.value().root();
  if (!root.is_object()) return violation("", "an object");
  std::set<std::string_view> seen;
  for (const auto& [name, value] : root.members()) {
    if (!known.contains(name)) return violation("", "a member that is not known");
    if (!seen.insert(name).second) return violation("/" + std::string{name}, "one of it");
  }
  return document;
}

}  // namespace

Result<IssuerId> issuer_of(const http::Request& request) {
  if (request.principal == nullptr || request.principal->issuer.empty()) {
    return Error{Errc::kForbidden, "the certificate's principal speaks for no issuer"};
  }
  return IssuerId{request.principal->issuer};
}

Result<EntriesRequest> entries_request(const http::Params& query) {
  if (auto known = check_names(query, {"after", "epoch", "limit", "wait"}); !known) {
    return std::move(known).error();
  }
  const auto after = number(query, "after", {0, kSeqMax});
  const auto epoch = number(query, "epoch", {1, kEpochMax});
  const auto limit = number(query, "limit", {1, codec::kBatchEntriesMax});
  const auto wait =
      number(query, "wait", {0, static_cast<std::uint64_t>(EntriesRequest::kWaitMax.count())});
  for (const auto* each : {&after, &epoch, &limit, &wait}) {
    if (!*each) return each->error();
  }
  EntriesRequest request{.after = after.value().value_or(0)};
  if (epoch.value()) request.epoch = static_cast<std::uint32_t>(*epoch.value());
  if (limit.value()) request.limit = static_cast<std::size_t>(*limit.value());
  request.wait = std::chrono::seconds{wait.value().value_or(0)};
  return request;
}

Result<std::optional<std::vector<crypto::Bucket>>> snapshot_request(const http::Params& query) {
  if (auto known = check_names(query, {"buckets"}); !known) return std::move(known).error();
  const auto text = query.find("buckets");
  if (!text) return std::optional<std::vector<crypto::Bucket>>{};
  std::set<crypto::Bucket> buckets;
  for (std::size_t at = 0; at <= text->size();) {
    const std::size_t comma = std::min(text->find(',', at), text->size());
    const auto bucket = crypto::bucket_from(text->substr(at, comma - at));
    if (!bucket) {
      return Error{Errc::kBadRequest, "buckets: two lower-case hexadecimal characters each"};
    }
    buckets.insert(*bucket);
    at = comma + 1;
  }
  return std::optional{std::vector<crypto::Bucket>(buckets.begin(), buckets.end())};
}

Result<std::string> verify_request(std::string_view body) {
  const auto document = parse_object(body, {"state"});
  if (!document) return document.error();
  const auto state = document.value().root()["state"].text();
  const std::size_t most = codec::FeedBatchHead::kVerificationBytesMax;
  if (!state || state->empty() || state->size() > most) {
    return violation("/state", "a text of 1 to " + std::to_string(most) + " bytes");
  }
  return std::string{*state};
}

Result<StatusRequest> status_request(std::string_view body) {
  const auto document = parse_object(body, {"state", "reason"});
  if (!document) return document.error();
  const auto root = document.value().root();
  const auto name = root["state"].text();
  const auto state = name ? codec::feed_status_from(*name) : std::nullopt;
  if (!state) return violation("/state", "enabled, paused or disabled");
  StatusRequest request{.state = *state};
  if (root["reason"].exists()) {
    const auto reason = root["reason"].text();
    const std::size_t most = codec::FeedNotice::kReasonBytesMax;
    if (!reason || reason->size() > most) {
      return violation("/reason", "a text of at most " + std::to_string(most) + " bytes");
    }
    request.reason = *reason;
  }
  return request;
}

}  // namespace cw::notifier
