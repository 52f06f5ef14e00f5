// Goal: a feed keeps its promises under any mixture of writes, deliveries, set-aside entries,
// cursors put back, restarts and crashes. Method: random histories of a partition on disk beside a
// naive model: the topic as a list, and what a receiver holds.
#include "../feed_samples.hpp"
#include "lib/codec/watch_codec.hpp"
#include "notifier/store/partition_store.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace cw::notifier {
namespace {

using namespace test;
using Seq = std::uint64_t;

crypto::Sha256Digest hash(Seq seq) {
  return crypto::sha256(std::to_string(seq));
}

crypto::Bucket bucket(const CardRef& card) {
  return static_cast<crypto::Bucket>(card.bytes[0] & 0x0FU);
}

/// One history.
class History {
 public:
  explicit History(std::uint32_t seed, bool crashes) : random_(seed), crashes_(crashes) { open(); }
  ~History() { static_cast<void>(store_->close()); }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) step();
    settle();
  }

 private:
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_()) % bound;
  }

  void step() {
    switch (below(12)) {
      case 0:
        return restart();
      case 1:
        return rewind();
      case 2:
      case 3:
      case 4:
        return deliver(1 + below(8));
      case 5:
        return hash_some(1 + below(4));
      case 6:
        return feed_->retry_set_aside() > 0 ? note_cursor() : void();
      default:
        return write();
    }
  }

  /// A record to the topic, and perhaps a few read.
  void write() {
    const std::uint32_t card = below(24);
    const auto op = below(4) == 0 ? FeedOp::kDelt : FeedOp::kUpdt;
    topic_.push_back(codec::encode(op == FeedOp::kDelt ? bare_removal(card) : change(card, op)));
    ops_.emplace_back(test::card(card), op);
    if (below(3) != 0) read(1 + below(3));
  }

  void read(std::size_t records_max) {
    std::vector<WatchRecord> records;
    for (; read_ < topic_.size() && records.size() < records_max; ++read_) {
      records.push_back({.offset = static_cast<std::int64_t>(read_),
                         .timestamp_ms = static_cast<std::int64_t>(read_),
                         .value = topic_[read_]});
      newest_[ops_[read_].first] = read_ + 1;
    }
    const auto applied = store_->apply(
        records, [](const WatchRecord&, const Error& error) { ADD_FAILURE() << error.detail; });
    ASSERT_TRUE(applied) << applied.error().detail;
    feed_ = store_->feed(kIssuer).value();
    check_pending();
  }

  /// What is pending, by the model.
  [[nodiscard]] std::vector<Seq> pending() const {
    std::set<Seq> seqs;
    for (const auto& [card, seq] : newest_) {
      if (seq > cursor_) seqs.insert(seq);
    }
    return {seqs.begin(), seqs.end()};
  }
  void check_pending() {
    const auto wanted = pending();
    const auto window = feed_->next(5);
    ASSERT_EQ(feed_->figures().pending, wanted.size());
    ASSERT_EQ(window.more, wanted.size() > 5);
    for (std::size_t i = 0; i < window.entries.size(); ++i) {
      ASSERT_EQ(window.entries[i].entry.seq, wanted[i]);
      ASSERT_EQ(window.entries[i].entry.op, ops_[wanted[i] - 1].second);
    }
    const auto oldest = feed_->figures().oldest_pending;
    ASSERT_EQ(oldest.has_value(), !wanted.empty());
    if (oldest) {
      ASSERT_EQ(oldest->time_since_epoch().count(), static_cast<std::int64_t>(wanted[0]) - 1);
    }
  }

  /// Takes a window, perhaps reads on while it is on its way, and notes what arrived.
  void deliver(std::size_t entries_max) {
    const auto window = feed_->next(entries_max);
    if (window.entries.empty()) return;
    if (below(3) == 0) write();
    std::vector<DeliveredEntry> delivered;
    for (const auto& [card, entry] : window.entries) {
      if (!crashes_ && !holds(card, entry) && below(6) == 0) continue;  // Refused.
      receive(card, entry);
      delivered.push_back({card, entry.seq, {}, bucket(card)});
      if (entry.op != FeedOp::kDelt) delivered.back().hash = hash(entry.seq);
    }
    feed_->advance(window.entries.back().entry.seq, delivered);
    note_cursor();
    check_pending();
    check_digest();
  }
  /// A repetition is not refused.
  [[nodiscard]] bool holds(const CardRef& card, const HeldEntry& entry) const {
    const auto held = receiver_.find(card);
    return entry.op == FeedOp::kDelt ? held == receiver_.end()
                                     : held != receiver_.end() && held->second == entry.seq;
  }
  void receive(const CardRef& card, const HeldEntry& entry) {
    if (entry.op == FeedOp::kDelt) {
      receiver_.erase(card);
    } else {
      receiver_[card] = entry.seq;
    }
  }
  void note_cursor() { cursor_ = feed_->figures().through; }

  void rewind() {
    if (cursor_ == 0) return;
    ASSERT_TRUE(feed_->rewind(below(static_cast<std::uint32_t>(cursor_) + 1)));
    note_cursor();
    check_pending();
  }

  void hash_some(std::size_t entries_max) {
    std::vector<DeliveredEntry> hashed;
    for (const auto& [card, entry] : feed_->unhashed(entries_max, below(2) == 0)) {
      hashed.push_back({card, entry.seq, hash(entry.seq), bucket(card)});
    }
    feed_->add_hashes(hashed);
    check_digest();
  }

  void check_digest() {
    const auto digests = feed_->digests();
    if (!digests) return;
    crypto::BucketDigests theirs;
    for (const auto& [card, seq] : receiver_) theirs.add(bucket(card), hash(seq));
    ASSERT_EQ(digests->through, cursor_);
    ASSERT_TRUE(digests->buckets == theirs) << "at " << cursor_ << " of " << topic_.size();
  }

  void open() {
    auto opened = PartitionStore::open(
        0, {.folder = dir_ / "0", .origin = "t/1/0", .save_interval = {}}, now());
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(opened).value();
    feed_ = store_->feed(kIssuer).value();
    read_ = static_cast<std::size_t>(store_->next_offset());
  }

  /// In order, or by a crash: then the topic is read again from an older offset, and more than
  /// what was read before it perhaps.
  void restart() {
    const std::size_t had_read = read_;
    const bool crash = crashes_ && below(2) == 0;
    if (crash && below(2) == 0) store_->save_if_due(PartitionStore::Steady::now());
    ASSERT_TRUE(store_->close(!crash));
    ASSERT_EQ(feed_->next(1).entries.size(), 0U) << "a feed whose partition has left is empty";
    feed_.reset();
    store_.reset();
    open();
    ASSERT_LE(read_, had_read);
    if (!crash) {
      ASSERT_EQ(read_, had_read);
    }
    while (read_ < had_read) read_one_more();
    ASSERT_TRUE(feed_->begin(cursor_));
    check_pending();
  }
  void read_one_more() {
    const WatchRecord record{.offset = static_cast<std::int64_t>(read_),
                             .timestamp_ms = static_cast<std::int64_t>(read_),
                             .value = topic_[read_]};
    ASSERT_TRUE(store_->apply(std::span{&record, 1}, {}));
    ++read_;
  }

  /// Everything read, delivered and hashed: what the receiver holds is what is to be held.
  void settle() {
    read(topic_.size());
    while (!pending().empty() && !testing::Test::HasFailure()) deliver(7);
    while (!testing::Test::HasFailure()) {
      const auto before = feed_->unhashed(1);
      if (before.empty()) break;
      hash_some(5);
    }
    ASSERT_TRUE(feed_->digests());
    check_digest();
    for (std::size_t number = 0; number < 16; ++number) {
      check_bucket(static_cast<crypto::Bucket>(number));
    }
    std::uint64_t current = 0;
    for (const auto& [card, seq] : newest_) {
      if (ops_[seq - 1].second != FeedOp::kDelt) ++current;
    }
    EXPECT_EQ(feed_->figures().entries, current);
  }
  void check_bucket(crypto::Bucket number) {
    std::map<CardRef, Seq> found;
    std::optional<CardRef> after;
    do {
      const auto cards = feed_->bucket(number, cursor_, 3, after);
      for (const auto& [card, entry] : cards.entries) found[card] = entry.seq;
      after = cards.next;
    } while (after);
    std::map<CardRef, Seq> wanted;
    for (const auto& [card, seq] : receiver_) {
      if (bucket(card) == number) wanted[card] = seq;
    }
    EXPECT_EQ(found, wanted);
  }

  std::mt19937 random_;
  const bool crashes_;
  cw::test::TempDir dir_;
  std::unique_ptr<PartitionStore> store_;
  std::shared_ptr<IssuerFeed> feed_;
  std::vector<std::string> topic_;
  std::vector<std::pair<CardRef, FeedOp>> ops_;  ///< Of the topic's records.
  std::size_t read_ = 0;
  Seq cursor_ = 0;                   ///< As it is saved in feed-state.v1.
  std::map<CardRef, Seq> newest_;    ///< Of what was read.
  std::map<CardRef, Seq> receiver_;  ///< What it holds.
};

class FeedProperty : public testing::TestWithParam<bool> {};

TEST_P(FeedProperty, TheReceiverHoldsWhatTheFeedSays) {
  const auto seed = std::random_device{}();
  for (std::uint32_t round = 0; round < 25 && !HasFailure(); ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed + round));
    History{seed + round, GetParam()}.run(200);
  }
}

INSTANTIATE_TEST_SUITE_P(WithCrashesOrRefusals, FeedProperty, testing::Bool());

}  // namespace
}  // namespace cw::notifier
