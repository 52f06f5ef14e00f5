// Goal: nobody can tell an issuer whose journal is compacted from one whose journal is not. Method:
// two inboxes are given the same random history of batches of every kind, late ones and gaps among
// them; one compacts at random, both start again at random; answers and lists are the same.
#include "issuer/inbox.hpp"
#include "lib/codec/feed_digest_codec.hpp"
#include "support/temp_dir.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <stdexcept>
#include <tuple>

namespace cw::issuer {
namespace {

using std::chrono::minutes;

constexpr std::uint64_t kCards = 24;
constexpr int kSteps = 250;
constexpr std::size_t kParts = 3;

/// What the sender's list is: a card's newest entry.
using Model = std::map<std::uint64_t, FeedSender::Entry>;
/// Everything that can be told of a held card.
using CardState = std::tuple<std::uint64_t,
                             std::string,
                             std::string,
                             WatchLevel,
                             crypto::Sha256Digest,
                             std::uint64_t,
                             bool>;

class Pair {
 public:
  explicit Pair(std::uint64_t seed) : random_(seed) {
    open(long_, "long");
    open(short_, "short");
  }

  void step() {
    switch (pick(12)) {
      case 0:
        repair();
        break;
      case 1:
        snapshot();
        break;
      case 2:
        if (pick(4) == 0) new_epoch();
        break;
      case 3:
        late();
        break;
      case 4:
        gap();
        break;
      case 5:
        verification();
        break;
      default:
        plain();
    }
    compact_or_reopen();
    compare();
  }

  [[nodiscard]] int compactions() const { return compactions_; }
  [[nodiscard]] std::uint64_t bytes_long() { return long_->figures().journal_bytes; }
  [[nodiscard]] std::uint64_t bytes_short() { return short_->figures().journal_bytes; }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  void open(std::unique_ptr<Inbox>& inbox, std::string_view name) {
    inbox.reset();
    auto opened = Inbox::open(IssuerId{"card-a"},
                              sender_.receiver_keys(),
                              {.journal = {.path = (dir_ / name).string(), .bytes_max = 1U << 26U},
                               .tolerance = minutes{5}});
    if (!opened) throw std::runtime_error(opened.error().detail);
    inbox = std::move(opened).value();
  }

  /// To both; the answers must be the same.
  bool give(const FeedSender::Signed& push) {
    const auto left = long_->accept(push.push(), FeedSender::clock());
    const auto right = short_->accept(push.push(), FeedSender::clock());
    EXPECT_EQ(left.has_value(), right.has_value()) << push.id;
    if (left && right) {
      EXPECT_EQ(left.value().duplicate, right.value().duplicate) << push.id;
      EXPECT_EQ(left.value().answer, right.value().answer) << push.id;
    } else if (!left && !right) {
      EXPECT_EQ(left.error().code, right.error().code) << push.id;
    }
    return left.has_value();
  }
  bool give(codec::FeedBatchHead head, const std::vector<FeedSender::Entry>& entries) {
    head.batch = "n-" + std::to_string(++batches_);
    sent_.push_back(sender_.push(head, entries));
    return give(sent_.back());
  }

  std::vector<FeedSender::Entry> changes() {
    std::vector<FeedSender::Entry> entries;
    for (std::uint64_t count = pick(4); count > 0; --count) {
      constexpr std::array kOps{FeedOp::kAddd, FeedOp::kUpdt, FeedOp::kDelt};
      seq_ += 1 + pick(3);
      entries.push_back({.seq = seq_, .card = pick(kCards), .op = kOps.at(pick(kOps.size()))});
    }
    seq_ += pick(2);
    return entries;
  }
  void plain() {
    const std::uint64_t after = through_;
    const auto entries = changes();
    for (const auto& entry : entries) {
      list_.erase(entry.card);
      if (entry.op != FeedOp::kDelt) list_[entry.card] = entry;
    }
    through_ = seq_;
    // Now and then with what was sent before, as after a lost answer.
    EXPECT_TRUE(give(plain_head(after, through_, epoch_), entries));
  }
  std::vector<FeedSender::Entry> held(codec::PositionRange range) const {
    std::map<std::uint64_t, FeedSender::Entry> by_seq;
    for (const auto& [card, entry] : list_) {
      if (range.holds(crypto::card_position(card_number(card)))) by_seq[entry.seq] = entry;
    }
    std::vector<FeedSender::Entry> entries;
    for (const auto& [seq, entry] : by_seq) entries.push_back(entry);
    return entries;
  }
  void lose(std::uint64_t card) {
    const auto entry = list_.extract(card);
    if (entry) lost_[card] = entry.mapped();
  }
  /// Cards that come in a replacing batch, since the receiver does not hold them.
  void find_again(codec::PositionRange range) {
    std::erase_if(lost_, [&](const auto& lost) {
      const auto& [card, entry] = lost;
      if (!range.holds(crypto::card_position(card_number(card))) || pick(2) == 0) return false;
      list_.emplace(card, entry);
      return true;
    });
  }
  void repair() {
    if (through_ == 0) return;
    const std::uint64_t from = random_();
    const codec::PositionRange range{from, from + pick(~from)};
    // What is repaired differs, or there would be nothing to see.
    for (const auto& entry : held(range)) {
      if (pick(3) == 0) lose(entry.card);
    }
    find_again(range);
    EXPECT_TRUE(give(repair_head(range, through_, epoch_), held(range)));
  }
  void snapshot() {
    const auto parts = 1 + pick(kParts);
    std::uint64_t from = 0;
    for (std::uint64_t part = 1; part <= parts; ++part) {
      const bool last = part == parts;
      const std::uint64_t end = last ? kAllPositions.through : kAllPositions.through / parts * part;
      const codec::PositionRange range{from, end};
      find_again(range);
      EXPECT_TRUE(give(snapshot_head(range, through_, epoch_), held(range)));
      if (!last) compact_or_reopen();
      from = end + 1;
    }
  }
  void new_epoch() {
    ++epoch_;
    list_.clear();
    lost_.clear();
    seq_ = 0;
    through_ = 0;
    plain();
  }
  void late() {
    if (!sent_.empty()) give(sent_[pick(sent_.size())]);
    // It may have been the first part of a snapshot that is forgotten; the sender goes on from
    // where the receiver is.
    const FeedPosition place = long_->position();
    if (place.epoch == epoch_ && place.through < through_) snapshot();
  }
  void gap() { EXPECT_FALSE(give(plain_head(through_ + 5, through_ + 6, epoch_), {})); }
  void verification() {
    auto head = verification_head("v", through_, epoch_);
    CardBook book;
    if (pick(2) == 0) lose(pick(kCards));  // Something may differ; a snapshot mends it.
    if (!list_.empty()) book.apply(sender_.batch(snapshot_head(kAllPositions, through_), all()));
    head.digest = codec::digest_sums(through_, book.digests());
    give(head, {});
    snapshot();
  }
  [[nodiscard]] std::vector<FeedSender::Entry> all() const { return held(kAllPositions); }

  void compact_or_reopen() {
    if (pick(3) == 0) {
      const auto done = short_->compact();
      if (done)
        ++compactions_;
      else
        EXPECT_EQ(done.error().code, Errc::kConflict) << done.error().detail;
    }
    if (pick(3) == 0) open(short_, "short");
    if (pick(10) == 0) open(long_, "long");
  }

  static std::vector<CardState> cards(const Inbox& inbox) {
    std::vector<CardState> cards;
    for (const HeldCard& card : inbox.page(0, 2 * kCards)) {
      cards.emplace_back(card.seq,
                         card.masked_pan,
                         card.expiry.text(),
                         card.level,
                         card.hash,
                         card.position,
                         card.replaced);
    }
    return cards;
  }
  void compare() {
    const InboxFigures left = long_->figures();
    const InboxFigures right = short_->figures();
    ASSERT_EQ(left.epoch, right.epoch);
    ASSERT_EQ(left.through, right.through);
    ASSERT_EQ(left.applied_through, right.applied_through);
    ASSERT_EQ(left.digest, right.digest);
    ASSERT_EQ(left.entries, right.entries);
    ASSERT_EQ(cards(*long_), cards(*short_));
    ASSERT_EQ(left.entries, list_.size());
  }

  std::mt19937_64 random_;
  FeedSender sender_;
  test::TempDir dir_;
  std::unique_ptr<Inbox> long_;
  std::unique_ptr<Inbox> short_;
  std::vector<FeedSender::Signed> sent_;
  Model list_;
  Model lost_;  ///< Left the list without an entry; may come back as it was.
  std::uint32_t epoch_ = 1;
  std::uint64_t seq_ = 0;
  std::uint64_t through_ = 0;
  int batches_ = 0;
  int compactions_ = 0;
};

TEST(CompactionProperty, ACompactedJournalIsAsGoodAsTheLongOne) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Pair pair(seed);
  for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    pair.step();
  }
  EXPECT_GT(pair.compactions(), kSteps / 20);
  EXPECT_LT(pair.bytes_short(), pair.bytes_long());
}

}  // namespace
}  // namespace cw::issuer
