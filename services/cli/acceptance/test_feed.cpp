#include "cli/acceptance/test_feed.hpp"

#include "lib/base/assert.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/crypto/sha256.hpp"

#include <algorithm>
#include <utility>

namespace cw::cli {
namespace {

constexpr std::size_t kPositionDigits = 16;
constexpr std::size_t kBucketDigits = 2;
/// Sorts behind every member that version 1 has.
constexpr std::string_view kUnknownMember = R"(,"x_later":[1,{"b":null}])";

WatchChange change_of(const TestEntry& entry) {
  WatchChange change;
  change.op = entry.op;
  if (entry.op == FeedOp::kDelt) return change;
  change.entry.level = entry.level;
  change.entry.expiry = {.year = 2031, .month = 12};
  change.entry.watch_from = parse_day("2026-01-01").value();
  change.entry.reasons = {{.incident = IncidentId{"acceptance"},
                           .file = FileName{"test-cards"},
                           .level = entry.level,
                           .scope_revision = entry.level == WatchLevel::kInFile ? 0U : 1U,
                           .since = parse_day("2026-01-01").value(),
                           .at_risk_from = parse_day("2025-12-01").value(),
                           .at_risk_to = parse_day("2025-12-31").value()}};
  return change;
}

void write_digest(codec::JsonWriter& out, const crypto::FeedDigest& digest) {
  out.number("count", digest.count()).string("sum", digest.hex());
}

}  // namespace

TestFeed::TestFeed(std::string issuer, std::string prefix, std::uint32_t epoch)
    : issuer_(std::move(issuer)), prefix_(std::move(prefix)), epoch_(epoch) {
  CW_ASSERT(prefix_.size() <= kPrefixMax);
}

Pan TestFeed::number_of(std::uint64_t card) const {
  const std::string serial = std::to_string(card);
  const std::size_t room = kCardDigits - 1 - prefix_.size();
  CW_ASSERT(serial.size() <= room);
  const std::string digits = prefix_ + std::string(room - serial.size(), '0') + serial;
  for (char check = '0'; check < '9'; ++check) {
    if (auto pan = Pan::parse(digits + check)) return std::move(pan).value();
  }
  return Pan::parse(digits + '9').value();
}

Position TestFeed::position(std::uint64_t card) const {
  return crypto::sha256_hex(number_of(card).reveal()).substr(0, kPositionDigits);
}

Sensitive TestFeed::entry_text(const TestEntry& entry) const {
  auto text = codec::canonical_entry(entry.seq, number_of(entry.card), change_of(entry));
  if (!entry.unknown_member) return text;
  std::string longer(text.reveal());
  longer.insert(longer.size() - 1, kUnknownMember);
  return Sensitive(std::move(longer));
}

Sensitive TestFeed::text(const TestBatch& batch,
                         std::string_view id,
                         std::string_view issuer) const {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().number("after", batch.after).string("batch", id);
  writer.number("count", std::uint64_t{batch.entries.size()}).begin_array("entries");
  for (const TestEntry& entry : batch.entries) writer.raw(entry_text(entry).reveal());
  writer.end_array().number("epoch", batch.epoch).string("feed", codec::kFeedName);
  writer.string("issuer", issuer).boolean("more", batch.more);
  writer.number("through", batch.through).end_object();
  out.insert(out.size() - 1, batch.members);
  return Sensitive(std::move(out));
}

void TestFeed::apply(const std::vector<TestEntry>& entries) {
  for (const TestEntry& entry : entries) {
    if (entry.op == FeedOp::kDelt) {
      held_.erase(position(entry.card));
    } else {
      held_.insert_or_assign(position(entry.card), entry);
    }
  }
}

void TestFeed::begin_epoch(std::uint32_t epoch, std::uint64_t through) {
  held_.clear();
  epoch_ = epoch;
  through_ = through;
}

std::vector<TestEntry> TestFeed::held(std::string_view from, std::string_view through) const {
  std::vector<TestEntry> found;
  for (const auto& [position, entry] : held_) {
    if (position >= from && position <= through) found.push_back(entry);
  }
  std::sort(found.begin(), found.end(), [](const TestEntry& left, const TestEntry& right) {
    return left.seq < right.seq;
  });
  return found;
}

TestFeed::Buckets TestFeed::buckets() const {
  Buckets buckets;
  for (const auto& [position, entry] : held_) {
    buckets[position.substr(0, kBucketDigits)].add_entry(entry_text(entry).reveal());
  }
  return buckets;
}

std::string digest_member(std::uint64_t through, const TestFeed::Buckets& buckets) {
  crypto::FeedDigest total;
  for (const auto& [bucket, digest] : buckets) total.add_all(digest);
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().begin_object("buckets");
  for (const auto& [bucket, digest] : buckets) {
    writer.begin_object(bucket);
    write_digest(writer, digest);
    writer.end_object();
  }
  writer.end_object();
  write_digest(writer, total);
  writer.number("through", through).end_object();
  return R"(,"digest":)" + out;
}

}  // namespace cw::cli
