#include "lib/codec/watch_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/watch_parts.hpp"

namespace cw::codec {
namespace {

constexpr std::size_t kSealedBytesMax = 128;

/// What opens to the card's number: required but for a DELT.
void read_card(const ObjectReader& object, WatchChange& change) {
  WatchEntry& entry = change.entry;
  if (change.op == FeedOp::kDelt && object.optional("sealed") == nullptr) return;
  entry.expiry = object.expiry("expiry");
  entry.sealed_pan = object.bytes("sealed", kSealedBytesMax);
  entry.file_key = object.id("key");
}

WatchChange read(const ObjectReader& object) {
  WatchChange change;
  WatchEntry& entry = change.entry;
  entry.issuer = IssuerId{object.id("issuer")};
  entry.card = object.card("card");
  change.op = object.code("op", feed_op_from);
  entry.level = read_level(object, change.op).value_or(WatchLevel::kInFile);
  read_card(object, change);
  expect_null(object, "watch_to");
  if (change.op == FeedOp::kDelt) {
    expect_null(object, "watch_from");
    entry.watch_from = Day{};
    if (!read_reasons(object).empty()) object.violation("incidents", "none in a DELT");
    return change;
  }
  entry.watch_from = object.day("watch_from");
  entry.reasons = read_reasons(object);
  if (entry.reasons.empty()) object.violation("incidents", "at least one");
  return change;
}

}  // namespace

Result<WatchChange> decode_watch(std::string_view json) {
  return decode_message<WatchChange>(json, read);
}

void encode_to(std::string& out, const WatchChange& change) {
  const WatchEntry& entry = change.entry;
  const bool removed = change.op == FeedOp::kDelt;
  JsonWriter writer(out);
  writer.begin_object().number("v", 1);
  writer.string("issuer", entry.issuer.get());
  write(writer, "card", entry.card);
  writer.string("op", text(change.op));
  if (removed) {
    writer.null("level");
  } else {
    writer.string("level", text(entry.level));
  }
  if (!entry.sealed_pan.empty()) {
    write(writer, "expiry", entry.expiry);
    write_bytes(writer, "sealed", entry.sealed_pan);
    writer.string("key", entry.file_key);
  }
  if (removed) {
    writer.null("watch_from");
  } else {
    write(writer, "watch_from", entry.watch_from);
  }
  writer.null("watch_to").begin_array("incidents");
  if (!removed) {
    for (const WatchReason& reason : entry.reasons) write_reason(writer, reason);
  }
  writer.end_array().end_object();
}

std::string encode(const WatchChange& change) {
  std::string out;
  out.reserve(640);
  encode_to(out, change);
  return out;
}

std::string watch_key(const IssuerId& issuer, const CardRef& card) {
  return issuer.get() + "/" + card.hex();
}

}  // namespace cw::codec
