#include "intake/correction_book.hpp"

#include "intake/report_index.hpp"
#include "lib/codec/report_codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

namespace cw::intake {
namespace {

ReportRevision revision_of(const std::string& report, std::uint32_t number, std::uint8_t card) {
  ReportRevision made;
  made.issuer = IssuerId{"jcb-a"};
  made.report = ReportId{report};
  made.revision = number;
  made.card.bytes.fill(card);
  made.iin = 35699900;
  made.reported_at = parse_instant("2009-07-23T00:00:00Z").value();
  made.received_at = made.reported_at + std::chrono::hours{number};
  made.match_key = "mk-1";
  made.content_hash = codec::content_hash(made);
  return made;
}

CardRef card_of(std::uint8_t number) {
  CardRef card;
  card.bytes.fill(number);
  return card;
}

/// The book with the topic that it has seen.
class Topic {
 public:
  explicit Topic(CorrectionBook::Limits limits = {}) : book(limits, 7) {}

  CorrectionBook::Noted put(const ReportRevision& report) {
    if (report.filed_under) return book.note_copy(report);
    records.push_back(report);
    return book.note(view_of(report), {0, static_cast<std::int64_t>(records.size()) - 1});
  }

  /// What is due now; none of it is written.
  CorrectionBook::Missing missing() {
    std::vector<ReportRevision> read;
    for (const auto& task : book.take_due(100)) {
      for (const auto& place : task.places) {
        read.push_back(records[static_cast<std::size_t>(place.offset)]);
      }
    }
    return book.missing(std::move(read));
  }

  CorrectionBook book;
  std::vector<ReportRevision> records;
};

/// (revision, card it names, card it lies with).
using Copy = std::tuple<std::uint32_t, std::uint8_t, std::uint8_t>;
std::set<Copy> copies_of(const CorrectionBook::Missing& missing) {
  std::set<Copy> copies;
  for (const auto& copy : missing.copies) {
    copies.insert({copy.revision, copy.card.bytes[0], copy.home().bytes[0]});
  }
  EXPECT_EQ(copies.size(), missing.copies.size());
  return copies;
}

TEST(CorrectionBook, AReportOnOneCardNeedsNothing) {
  Topic topic;
  EXPECT_EQ(topic.put(revision_of("R-1", 1, 1)), CorrectionBook::Noted::kKnown);
  EXPECT_EQ(topic.put(revision_of("R-1", 2, 1)), CorrectionBook::Noted::kKnown);
  EXPECT_EQ(topic.put(revision_of("R-2", 1, 2)), CorrectionBook::Noted::kKnown);
  EXPECT_EQ(topic.book.due(), 0U);
}

TEST(CorrectionBook, EachRevisionIsMissingOnEachOtherCard) {
  Topic topic;
  topic.put(revision_of("R-1", 1, 1));
  topic.put(revision_of("R-1", 2, 1));
  EXPECT_EQ(topic.put(revision_of("R-1", 3, 2)), CorrectionBook::Noted::kDue);
  EXPECT_EQ(copies_of(topic.missing()), (std::set<Copy>{{1, 1, 2}, {2, 1, 2}, {3, 2, 1}}));
  topic.put(revision_of("R-1", 4, 3));
  EXPECT_EQ(copies_of(topic.missing()).size(), 8U) << "nothing was written, so all are missing";
}

TEST(CorrectionBook, CopiesThatAreThereAreNotMissing) {
  Topic topic;
  topic.put(revision_of("R-1", 1, 1));
  topic.put(revision_of("R-1", 2, 2));
  const auto first = topic.missing();
  ASSERT_EQ(first.copies.size(), 2U);
  topic.put(first.copies[0]);
  topic.put(revision_of("R-1", 3, 2));
  const auto second = copies_of(topic.missing());
  EXPECT_EQ(second.size(), 2U) << "one of before and the one of revision 3";
  EXPECT_TRUE(second.contains({3, 2, 1}));
}

TEST(CorrectionBook, CopiesSeenBeforeTheirOriginalsCount) {
  Topic topic;
  auto copy = revision_of("R-1", 2, 2);
  copy.filed_under = card_of(1);
  topic.put(copy);
  topic.put(revision_of("R-1", 1, 1));
  topic.put(revision_of("R-1", 2, 2));
  EXPECT_EQ(copies_of(topic.missing()), (std::set<Copy>{{1, 1, 2}}));
}

TEST(CorrectionBook, OfARepeatOnlyTheEarliestIsCopied) {
  Topic topic;
  const auto first = revision_of("R-1", 1, 1);
  auto again = first;
  again.received_at += std::chrono::hours{5};
  auto imported = first;
  imported.imported = true;
  topic.put(again);
  topic.put(imported);
  topic.put(first);
  topic.put(revision_of("R-1", 2, 2));
  const auto missing = topic.missing();
  ASSERT_EQ(copies_of(missing), (std::set<Copy>{{1, 1, 2}, {2, 2, 1}}));
  for (const auto& copy : missing.copies) {
    if (copy.revision == 1) {
      EXPECT_EQ(copy.received_at, first.received_at);
      EXPECT_FALSE(copy.imported);
    }
  }
}

TEST(CorrectionBook, ARepeatReceivedEarlierIsCopiedAgain) {
  Topic topic;
  topic.put(revision_of("R-1", 1, 1));
  topic.put(revision_of("R-1", 2, 2));
  for (const auto& copy : topic.missing().copies) topic.put(copy);
  EXPECT_TRUE(topic.missing().copies.empty());
  auto earlier = revision_of("R-1", 2, 2);
  earlier.received_at -= std::chrono::minutes{1};
  topic.put(earlier);
  const auto missing = topic.missing();
  ASSERT_EQ(missing.copies.size(), 1U);
  EXPECT_EQ(missing.copies[0].received_at, earlier.received_at);
}

TEST(CorrectionBook, TwoCardsUnderOneRevisionNumberAreCopiedToEachOther) {
  Topic topic;
  topic.put(revision_of("R-1", 1, 1));
  topic.put(revision_of("R-1", 1, 2));
  EXPECT_EQ(copies_of(topic.missing()), (std::set<Copy>{{1, 1, 2}, {1, 2, 1}}));
}

// Goal: a collision of the 64-bit hash does no harm. Method: hand missing() the records of two
// reports at once, as it would get them for one hash.
TEST(CorrectionBook, ReportsThatShareAHashAreToldApartByTheirIds) {
  const Topic topic;
  auto other_issuer = revision_of("R-1", 1, 2);
  other_issuer.issuer = IssuerId{"visa-b"};
  EXPECT_TRUE(topic.book
                  .missing({revision_of("R-1", 1, 1),
                            revision_of("R-2", 1, 2),
                            other_issuer,
                            revision_of("R-2", 2, 2)})
                  .copies.empty());
  EXPECT_EQ(copies_of(topic.book.missing(
                {revision_of("R-1", 1, 1), revision_of("R-2", 1, 3), revision_of("R-1", 2, 2)})),
            (std::set<Copy>{{1, 1, 2}, {2, 2, 1}}));
}

TEST(CorrectionBook, ATaskThatWasPutBackComesAfterTheOthers) {
  Topic topic;
  for (const auto* report : {"R-1", "R-2"}) {
    topic.put(revision_of(report, 1, 1));
    topic.put(revision_of(report, 2, 2));
  }
  const auto first = topic.book.take_due(1);
  ASSERT_EQ(first.size(), 1U);
  topic.book.put_back(first[0]);
  topic.book.put_back(first[0]);
  EXPECT_EQ(topic.book.due(), 2U) << "it is due once";
  EXPECT_NE(topic.book.take_due(1)[0].report, first[0].report);
  EXPECT_EQ(topic.book.take_due(1)[0].report, first[0].report);
}

TEST(CorrectionBook, AReportThatWouldNeedTooManyCopiesIsLeftOutAndTold) {
  Topic topic{{.copies_per_report_max = 20}};
  for (std::uint8_t number = 1; number <= 5; ++number) {
    topic.put(revision_of("R-1", number, number));
  }
  EXPECT_EQ(topic.missing().copies.size(), 20U);
  topic.put(revision_of("R-1", 6, 6));
  const auto missing = topic.missing();
  EXPECT_TRUE(missing.over_limit);
  EXPECT_TRUE(missing.copies.empty());
}

TEST(CorrectionBook, RefusesReportsWhenItsMemoryIsUsedUpAndKeepsWhatItHas) {
  Topic topic{{.bytes_max = 64 * 1024}};
  std::uint32_t report = 0;
  while (topic.put(revision_of("R-" + std::to_string(report), 1, 1)) !=
         CorrectionBook::Noted::kRefused) {
    ASSERT_LT(++report, 5000U);
  }
  EXPECT_GT(report, 100U);
  EXPECT_LE(topic.book.bytes(), 64U * 1024U);
  EXPECT_EQ(topic.book.records(), report);
}

TEST(ReportIndex, HoldsARecordInLessThan48BytesHoweverManyThereAre) {
  ReportIndex index{std::size_t{1} << 30U};
  std::mt19937_64 random{1};
  std::size_t peak = 0;
  for (std::int64_t offset = 0; offset < 400'000; ++offset) {
    ASSERT_EQ(index.add({random(), 1, {0, offset}}), ReportIndex::Added::kAlone);
    if (offset > 50'000) peak = std::max(peak, index.bytes() / index.size());
  }
  EXPECT_LE(peak, 48U);
  std::cout << "at most " << peak << " bytes a record\n";
}

TEST(ReportIndex, FindsTheRecordsOfAReportAmongItsNeighbours) {
  ReportIndex index{std::size_t{1} << 20U};
  constexpr std::uint64_t kNeighbours = 0xFFFF'FFFF'0000'0000U;  // All begin in one slot.
  std::int64_t offset = 0;
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t report = 0; report < 200; ++report) {
      const auto added =
          index.add({kNeighbours + report, report % 2 == 0 ? 1 : round, {3, offset++}});
      const bool moved = report % 2 != 0 && round > 0;
      ASSERT_EQ(added, moved ? ReportIndex::Added::kMoved : ReportIndex::Added::kAlone);
    }
  }
  for (std::uint64_t report = 0; report < 200; ++report) {
    auto places = index.places(kNeighbours + report);
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
      return a.offset < b.offset;
    });
    ASSERT_EQ(places.size(), 3U);
    for (std::size_t round = 0; round < 3; ++round) {
      EXPECT_EQ(places[round], (Place{3, static_cast<std::int64_t>(200 * round + report)}));
    }
  }
}

TEST(ReportIndex, KeepsPartitionAndOffsetAtTheirLargest) {
  ReportIndex index{std::size_t{1} << 20U};
  const Place far{ReportIndex::kPartitionsMax - 1, (std::int64_t{1} << 48U) - 2};
  ASSERT_EQ(index.add({5, 1, far}), ReportIndex::Added::kAlone);
  ASSERT_EQ(index.places(5), std::vector<Place>{far});
  EXPECT_TRUE(index.places(6).empty());
}

TEST(ReportIndex, RefusesMoreRecordsOfOneReportThanItWillCompare) {
  ReportIndex index{std::size_t{1} << 24U};
  for (std::size_t i = 0; i < ReportIndex::kRecordsPerReportMax; ++i) {
    ASSERT_EQ(index.add({1, 1, {0, static_cast<std::int64_t>(i)}}), ReportIndex::Added::kAlone);
  }
  EXPECT_EQ(index.add({1, 1, {0, 0}}), ReportIndex::Added::kRefused);
}

}  // namespace
}  // namespace cw::intake
