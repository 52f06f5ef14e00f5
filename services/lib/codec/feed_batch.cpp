#include "lib/codec/feed_batch.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/watch_parts.hpp"

namespace cw::codec {
namespace {

constexpr std::size_t kEntryBytes = 192;
constexpr std::size_t kReasonBytes = 384;
constexpr std::size_t kHeadBytes = 512;

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

FeedBatch read_batch(const ObjectReader& object) {
  FeedBatch batch;
  if (object.text("feed") != kFeedName && !object.failure().error) {
    object.failure().set(Errc::kSchemaVersion, "another feed than " + std::string(kFeedName));
  }
  batch.head.issuer = IssuerId{object.id("issuer")};
  batch.head.epoch = object.number32("epoch", 1);
  batch.head.batch = object.id("batch");
  batch.head.after = object.number("after", 0);
  batch.head.through = object.number("through", batch.head.after);
  batch.head.more = object.flag("more");
  const std::uint64_t count = object.number("count", 0, kBatchEntriesMax);
  read_entries(object, batch);
  if (count != batch.entries.size()) object.violation("count", "the number of entries");
  return batch;
}

}  // namespace

Sensitive canonical_entry(std::uint64_t seq, const Pan& pan, const WatchChange& change) {
  const WatchEntry& entry = change.entry;
  const bool removed = change.op == FeedOp::kDelt;
  std::string out;
  // A buffer that grew would leave copies of the number behind.
  out.reserve(kEntryBytes + entry.reasons.size() * kReasonBytes);
  JsonWriter writer(out);
  writer.begin_object();
  if (removed) {
    writer.null("expiry").begin_array("incidents").end_array().null("level");
  } else {
    write(writer, "expiry", entry.expiry);
    writer.begin_array("incidents");
    for (const WatchReason& reason : entry.reasons) write_reason(writer, reason);
    writer.end_array().string("level", text(entry.level));
  }
  writer.string("op", text(change.op)).string("pan", pan.reveal()).number("seq", seq);
  if (removed) {
    writer.null("watch_from");
  } else {
    write(writer, "watch_from", entry.watch_from);
  }
  writer.null("watch_to").end_object();
  return Sensitive(std::move(out));
}

Sensitive feed_batch(const FeedBatchHead& head, const std::vector<Sensitive>& entries) {
  std::size_t bytes = kHeadBytes;
  for (const Sensitive& entry : entries) bytes += entry.reveal().size() + 1;
  std::string out;
  out.reserve(bytes);
  JsonWriter writer(out);
  writer.begin_object().number("after", head.after).string("batch", head.batch);
  writer.number("count", std::uint64_t{entries.size()}).begin_array("entries");
  for (const Sensitive& entry : entries) writer.raw(entry.reveal());
  writer.end_array().number("epoch", head.epoch).string("feed", kFeedName);
  writer.string("issuer", head.issuer.get()).boolean("more", head.more);
  writer.number("through", head.through).end_object();
  return Sensitive(std::move(out));
}

Result<FeedBatch> decode_feed_batch(std::string_view json) {
  return decode_object<FeedBatch>(json, read_batch, kBatchBytesMax);
}

}  // namespace cw::codec
