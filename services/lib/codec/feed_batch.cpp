#include "lib/codec/feed_batch.hpp"

#include "lib/codec/feed_parts.hpp"
#include "lib/codec/field_writer.hpp"
#include "lib/codec/json_append.hpp"
#include "lib/codec/watch_parts.hpp"

namespace cw::codec {
namespace {

constexpr std::size_t kEntryBytes = 192;
constexpr std::size_t kReasonBytes = 384;
// With a state and a reason of which every byte is escaped.
constexpr std::size_t kHeadBytes = 4096;
constexpr std::size_t kBucketBytes = 128;

/// Which of an entry's members may be null goes by its op.
FeedEntry read_entry(const Node& node, const Path& path, Failure& failure, Pan pan) {
  const ObjectReader object(node, path, failure);
  FeedEntry entry{.seq = object.number("seq", 1),
                  .op = object.code("op", feed_op_from),
                  .pan = std::move(pan),
                  .expiry = {},
                  .level = {},
                  .watch_from = {},
                  .reasons = read_reasons(object),
                  .canonical = {}};
  entry.level = read_level(object, entry.op);
  if (entry.op != FeedOp::kDelt) {
    entry.expiry = object.expiry("expiry");
    entry.watch_from = object.day("watch_from");
    if (entry.reasons.empty()) object.violation("incidents", "at least one");
  } else {
    expect_null(object, "expiry");
    expect_null(object, "watch_from");
    if (!entry.reasons.empty()) object.violation("incidents", "none in a DELT");
  }
  expect_null(object, "watch_to");
  std::string canonical;
  canonical.reserve(kEntryBytes + entry.reasons.size() * kReasonBytes + kEntryBytes);
  append_json(canonical, node, KeyOrder::kSorted);
  entry.canonical = Sensitive(std::move(canonical));
  return entry;
}

void read_entries(const ObjectReader& object, FeedBatch& batch) {
  Failure& failure = object.failure();
  object.each("entries", kBatchEntriesMax, [&](const Node& node, const Path& path) {
    if (failure.error) return;
    const Node* digits = node.IsObject() ? find(node, "pan") : nullptr;
    if (digits == nullptr || !digits->IsString()) {
      return failure.violation(path, "an object with the text pan");
    }
    auto pan = Pan::parse(view(*digits));
    const bool plain = pan && pan.value().reveal() == view(*digits);
    if (!plain) return failure.violation(Path{&path, "pan", 0}, "a card number, digits only");
    FeedEntry entry = read_entry(node, path, failure, std::move(pan).value());
    const std::uint64_t before =
        batch.entries.empty() ? batch.head.after : batch.entries.back().seq;
    if (entry.seq <= before || entry.seq > batch.head.through) {
      failure.violation(Path{&path, "seq", 0}, "a rising number in (after, through]");
    }
    batch.entries.push_back(std::move(entry));
  });
}

/// The member as an object, read by `read`; nothing if it is not there.
template <class Read>
auto read_member(const ObjectReader& object, std::string_view key, Read read)
    -> std::optional<decltype(read(object))> {
  const Node* const node = object.optional(key);
  if (node == nullptr) return std::nullopt;
  const Path path = object.at(key);
  return read(ObjectReader(*node, path, object.failure()));
}

FeedNotice read_notice(const ObjectReader& object) {
  return {.state = object.code("state", feed_status_from),
          .reason = object.optional_text("reason", {0, FeedNotice::kReasonBytesMax}),
          .at = object.instant("at")};
}

PositionRange read_range(const ObjectReader& object) {
  const auto position = [&object](std::string_view key) {
    const auto read = crypto::position_from(object.text(key));
    if (!read) object.violation(key, "16 lower-case hexadecimal characters");
    return read.value_or(0);
  };
  PositionRange range{position("from"), position("through")};
  if (range.from > range.through) object.violation("through", "a position not below from");
  return range;
}

void read_kind(const ObjectReader& object, FeedBatchHead& head) {
  head.verification = read_member(object, "verification", [](const ObjectReader& member) {
    return std::string(member.text("state", {1, FeedBatchHead::kVerificationBytesMax}));
  });
  head.notice = read_member(object, "notice", read_notice);
  head.digest = read_member(object, "digest", read_digest_sums);
  head.replaces = read_member(object, "replaces", read_range);
  head.snapshot = object.optional_flag("snapshot").value_or(false);
  if (head.verification) {
    if (head.after != head.through) object.violation("through", "after, in a verification");
    if (head.replaces) object.violation("replaces", "nothing, in a verification");
  } else {
    if (head.notice) object.violation("notice", "a verification around it");
    if (head.digest) object.violation("digest", "a verification around it");
  }
  if (head.snapshot && !head.replaces) object.violation("snapshot", "a range that it replaces");
}

/// What the batch's kind asks of its entries.
void check_entries(const ObjectReader& object, const FeedBatch& batch) {
  if (batch.head.verification && !batch.entries.empty()) {
    object.violation("entries", "none in a verification");
  }
  if (!batch.head.replaces) return;
  for (const FeedEntry& entry : batch.entries) {
    if (entry.op == FeedOp::kDelt) object.violation("entries", "no DELT in a replacing batch");
    if (!batch.head.replaces->holds(crypto::card_position(entry.pan))) {
      object.violation("entries", "only cards within the range replaced");
    }
  }
}

FeedBatch read_batch(const ObjectReader& object) {
  FeedBatch batch;
  check_feed_name(object);
  batch.head.issuer = IssuerId{object.id("issuer")};
  batch.head.epoch = object.number32("epoch", 1);
  batch.head.batch = object.id("batch");
  batch.head.after = object.number("after", 0);
  batch.head.through = object.number("through", batch.head.after);
  batch.head.more = object.flag("more");
  read_kind(object, batch.head);
  const std::uint64_t count = object.number("count", 0, kBatchEntriesMax);
  read_entries(object, batch);
  check_entries(object, batch);
  if (count != batch.entries.size()) object.violation("count", "the number of entries");
  return batch;
}

/// Members before "entries".
void write_front(JsonWriter& writer, const FeedBatchHead& head, std::size_t count) {
  writer.number("after", head.after).string("batch", head.batch);
  writer.number("count", std::uint64_t{count});
  if (!head.digest) return;
  writer.begin_object("digest");
  write_digest_sums(writer, *head.digest);
  writer.end_object();
}

/// Members behind "entries".
void write_back(JsonWriter& writer, const FeedBatchHead& head) {
  writer.number("epoch", head.epoch).string("feed", kFeedName);
  writer.string("issuer", head.issuer.get()).boolean("more", head.more);
  if (head.notice) {
    writer.begin_object("notice");
    write(writer, "at", head.notice->at);
    write_optional(writer, "reason", head.notice->reason);
    writer.string("state", text(head.notice->state)).end_object();
  }
  if (head.replaces) {
    writer.begin_object("replaces").string("from", crypto::position_hex(head.replaces->from));
    writer.string("through", crypto::position_hex(head.replaces->through)).end_object();
  }
  write_flag(writer, "snapshot", head.snapshot);
  writer.number("through", head.through);
  if (!head.verification) return;
  writer.begin_object("verification").string("state", *head.verification).end_object();
}

/// From the value of "expiry" to that of "level".
char* append_removed(char* out) {
  return append(out, R"(null,"incidents":[],"level":null)");
}

char* append_current(char* out, const WatchEntry& entry) {
  out = append(out, "\"");
  out = write_month(out, entry.expiry);
  out = append(out, R"(","incidents":[)");
  bool first = true;
  for (const WatchReason& reason : entry.reasons) {
    if (!first) out = append(out, ",");
    first = false;
    out = append_reason(out, reason);
  }
  out = append(out, R"(],"level":")");
  out = append(out, text(entry.level));
  return append(out, "\"");
}

}  // namespace

Sensitive canonical_entry(std::uint64_t seq, const Pan& pan, const WatchChange& change) {
  const WatchEntry& entry = change.entry;
  std::size_t bytes = kEntryBytes;
  for (const WatchReason& reason : entry.reasons) bytes += reason_bytes_max(reason);
  // Room for all at once: a buffer that grew would leave copies of the number behind.
  std::string out(bytes, '\0');
  char* end = append(out.data(), R"({"expiry":)");
  end = change.op == FeedOp::kDelt ? append_removed(end) : append_current(end, entry);
  end = append(end, R"(,"op":")");
  end = append(end, text(change.op));
  end = append(end, R"(","pan":")");
  end = append(end, pan.reveal());
  end = append(end, R"(","seq":)");
  end = append_number(end, seq);
  end = append(end, R"(,"watch_from":)");
  if (change.op == FeedOp::kDelt) {
    end = append(end, "null");
  } else {
    end = append(end, "\"");
    end = write_day(end, entry.watch_from);
    end = append(end, "\"");
  }
  end = append(end, R"(,"watch_to":null})");
  out.resize(static_cast<std::size_t>(end - out.data()));
  return Sensitive(std::move(out));
}

Sensitive feed_batch(const FeedBatchHead& head, const std::vector<Sensitive>& entries) {
  std::size_t bytes = kHeadBytes;
  if (head.digest) bytes += head.digest->buckets.size() * kBucketBytes;
  for (const Sensitive& entry : entries) bytes += entry.reveal().size() + 1;
  std::string out;
  out.reserve(bytes);
  JsonWriter writer(out);
  writer.begin_object();
  write_front(writer, head, entries.size());
  writer.begin_array("entries");
  for (const Sensitive& entry : entries) writer.raw(entry.reveal());
  writer.end_array();
  write_back(writer, head);
  writer.end_object();
  return Sensitive(std::move(out));
}

Result<FeedBatch> decode_feed_batch(std::string_view json) {
  return decode_object<FeedBatch>(json, read_batch, kBatchBytesMax);
}

}  // namespace cw::codec
