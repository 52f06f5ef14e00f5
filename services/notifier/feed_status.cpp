#include "notifier/feed_status.hpp"

#include "lib/codec/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace cw::notifier {
namespace {

std::optional<bool> compare(const DeliveryStatus& delivery, const FeedFigures& figures) {
  const auto& theirs = delivery.issuer_digest;
  if (!figures.digest || !theirs) return std::nullopt;
  // The figures may be newer than the status: then they are not of the same moment.
  if (figures.through != delivery.state.through) return std::nullopt;
  if (theirs->through != delivery.state.accepted_through) return std::nullopt;
  return theirs->count == figures.digest->count && theirs->sum == figures.digest->sum;
}

void write_optional(codec::JsonWriter& writer,
                    std::string_view name,
                    const std::optional<std::string>& value) {
  value ? writer.string(name, *value) : writer.null(name);
}

/// The coverage: what the issuer said of its cards, and of how many it said nothing yet.
void write_cards(codec::JsonWriter& writer, const FeedStatus& feed) {
  std::uint64_t answered = 0;
  writer.begin_object("cards");
  for (const auto& [status, count] : feed.cards) {
    writer.number(status, count);
    answered += count;
  }
  writer.end_object();
  const std::uint64_t entries = feed.figures.entries;
  writer.number("cards_unanswered", entries > answered ? entries - answered : 0);
}

void write(codec::JsonWriter& writer, const FeedStatus& feed) {
  const DeliveryStatus& delivery = feed.delivery;
  const codec::FeedState& state = delivery.state;
  const auto& ours = feed.figures.digest;
  const auto& theirs = delivery.issuer_digest;
  writer.begin_object().string("issuer", state.issuer.get());
  writer.string("state", state_text(delivery)).string("phase", text(delivery.phase));
  write_optional(
      writer,
      "set_by",
      state.set_by ? std::optional{std::string{codec::text(*state.set_by)}} : std::nullopt);
  write_optional(writer, "by", state.by);
  write_optional(writer, "reason", state.reason);
  writer.string("circuit", delivery.circuit_open ? "open" : "closed");
  writer.number("entries", feed.figures.entries).number("pending", feed.figures.pending);
  writer.number("epoch", state.epoch).number("through", state.through);
  writer.number("accepted_through", state.accepted_through);
  writer.number("applied_through", state.applied_through);
  write_optional(writer, "digest", ours ? std::optional{ours->sum} : std::nullopt);
  write_optional(writer, "issuer_digest", theirs ? std::optional{theirs->sum} : std::nullopt);
  feed.digest_equal ? writer.boolean("digest_equal", *feed.digest_equal)
                    : writer.null("digest_equal");
  writer.number("failures", state.failures);
  write_optional(writer,
                 "next_attempt_at",
                 delivery.next_attempt_at ? std::optional{format_instant(*delivery.next_attempt_at)}
                                          : std::nullopt);
  write_optional(writer, "last_error", state.last_error);
  writer.number("oldest_undelivered_seconds", feed.oldest_undelivered_seconds);
  writer.number("coalesced", feed.figures.coalesced).number("rewinds", state.rewinds);
  writer.number("set_aside", feed.figures.set_aside).number("rejected", delivery.rejected);
  write_cards(writer, feed);
  writer.begin_array("set_aside_newest");
  for (const SetAside& entry : delivery.set_aside_newest) {
    writer.begin_object().number("seq", entry.seq).string("code", entry.code).end_object();
  }
  writer.end_array().end_object();
}

}  // namespace

FeedStatus feed_status(DeliveryStatus delivery, FeedFigures figures, Instant now) {
  FeedStatus status{.delivery = std::move(delivery), .figures = std::move(figures)};
  if (status.figures.oldest_pending) {
    const auto age =
        std::chrono::duration_cast<std::chrono::seconds>(now - *status.figures.oldest_pending);
    status.oldest_undelivered_seconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(age.count(), 0));
  }
  status.digest_equal = compare(status.delivery, status.figures);
  return status;
}

std::string_view state_text(const DeliveryStatus& delivery) noexcept {
  return delivery.phase == DeliveryPhase::kHeld ? "held" : codec::text(delivery.state.state);
}

std::string to_json(const FeedStatus& feed) {
  std::string out;
  codec::JsonWriter writer{out};
  write(writer, feed);
  return out;
}

std::string to_json(const std::vector<FeedStatus>& feeds) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_array();
  for (const FeedStatus& feed : feeds) write(writer, feed);
  writer.end_array();
  return out;
}

}  // namespace cw::notifier
