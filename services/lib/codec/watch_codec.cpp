#include "lib/codec/watch_codec.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/field_writer.hpp"
#include "lib/codec/json_append.hpp"
#include "lib/codec/watch_parts.hpp"
#include "lib/crypto/base64.hpp"

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

/// Bytes of a change at most, with those of its texts; ids need no escape.
std::size_t encoded_bytes_max(const WatchEntry& entry) {
  constexpr std::size_t kEntryBytesMax = 384;
  std::size_t bytes = kEntryBytesMax + entry.issuer.get().size() + entry.file_key.size() +
                      crypto::base64url_size(entry.sealed_pan.size());
  for (const WatchReason& reason : entry.reasons) bytes += reason_bytes_max(reason);
  return bytes;
}

/// What opens to the card's number.
char* append_card(char* out, const WatchEntry& entry) {
  if (entry.sealed_pan.empty()) return out;
  out = append(out, R"(,"expiry":")");
  out = write_month(out, entry.expiry);
  out = append(out, R"(","sealed":")");
  out = crypto::base64url_encode(entry.sealed_pan, out);
  out = append(out, R"(","key":")");
  out = append(out, entry.file_key);
  return append(out, "\"");
}

char* append_change(char* out, const WatchChange& change) {
  const WatchEntry& entry = change.entry;
  out = append(out, R"({"v":1,"issuer":")");
  out = append(out, entry.issuer.get());
  out = append(out, R"(","card":")");
  out = write_hex(out, entry.card.bytes);
  out = append(out, R"(","op":")");
  out = append(out, text(change.op));
  if (change.op == FeedOp::kDelt) {
    out = append(out, R"(","level":null)");
    out = append_card(out, entry);
    return append(out, R"(,"watch_from":null,"watch_to":null,"incidents":[]})");
  }
  out = append(out, R"(","level":")");
  out = append(out, text(entry.level));
  out = append(out, "\"");
  out = append_card(out, entry);
  out = append(out, R"(,"watch_from":")");
  out = write_day(out, entry.watch_from);
  out = append(out, R"(","watch_to":null,"incidents":[)");
  bool first = true;
  for (const WatchReason& reason : entry.reasons) {
    if (!first) out = append(out, ",");
    first = false;
    out = append_reason(out, reason);
  }
  return append(out, "]}");
}

}  // namespace

Result<WatchChange> decode_watch(std::string_view json) {
  return decode_message<WatchChange>(json, read);
}

void encode_to(std::string& out, const WatchChange& change) {
  const std::size_t before = out.size();
  out.resize(before + encoded_bytes_max(change.entry));
  const char* end = append_change(out.data() + before, change);
  out.resize(static_cast<std::size_t>(end - out.data()));
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
