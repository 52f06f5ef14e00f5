#include "desk/published_figures.hpp"

#include "desk_samples.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/json_value.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cw::desk {
namespace {

using namespace test;

codec::FactMessage message(std::string_view id, std::uint8_t number, std::string_view known_from) {
  codec::FactMessage sample;
  sample.fact.id = {kLeak, kJcb, ReportId{std::string(id)}, at(known_from)};
  sample.fact.card = card(number);
  sample.fact.card_issuer = kJcb;
  sample.fact.outcome = Outcome::kInFile;
  sample.fact.attributable = true;
  sample.fact.reported_at = at("2009-07-20T00:00:00Z");
  sample.fact.received_at = at(known_from);
  return sample;
}

CountQuery query() {
  CountQuery asked;
  asked.incident = kLeak;
  asked.time_zone = TimeZone::find("Asia/Tokyo").value();
  asked.since = day("2009-07-14");
  asked.as_of = day("2009-07-31");
  asked.known_at = at("2009-08-01T00:00:00Z");
  asked.by = {CountKey::kOutcome};
  return asked;
}

class PublishedFigures : public testing::Test {
 protected:
  void SetUp() override {
    matches_.apply(
        {message("R-1", 1, "2009-07-21T00:00:00Z"), message("R-2", 2, "2009-07-21T00:00:00Z")},
        {{0, 5}, {3, 7}});
    control_ = with_incident();
    control_.apply(issuer("jcb-a", {"3569"}));
  }

  [[nodiscard]] Counted counted() const {
    return count_at(matches_, query(), basis(), Digest::kYes);
  }
  [[nodiscard]] CountBasis basis() const { return basis_of(control_, 9, kLeak, query().known_at); }
  [[nodiscard]] Figure published() {
    auto figure = freeze(query(), basis(), counted(), desk_a()).value();
    auto decision = publish_figure(control_, figure).value();
    control_.apply(*decision.record);
    return std::get<Figure>(*decision.record);
  }

  MatchView matches_;
  Control control_;
};

codec::JsonDocument parsed(const std::string& json) {
  return codec::JsonDocument::parse(json).value();
}

TEST_F(PublishedFigures, AFigureNamesAllThatItRestsOn) {
  const auto figure = published();
  EXPECT_EQ(figure.number, 1U);
  const auto document = parsed(figure_document(figure));
  const auto answer = document.root();
  EXPECT_EQ(answer["figure"].integer(), 2);
  EXPECT_EQ(answer["known_at"].text(), "2009-08-01T00:00:00.000Z");
  EXPECT_EQ(answer["offsets"]["matches.v1"]["3"].integer(), 7);
  EXPECT_EQ(answer["offsets"]["control.v1"]["0"].integer(), 9);
  EXPECT_EQ(answer["digest"].text(), digest_of(counted().set));
  EXPECT_EQ(answer["provisional"].boolean(), true) << "nothing came after the day";
  EXPECT_EQ(answer["by"].text(), "desk-a");
  EXPECT_EQ(answer["published_at"].text(), format_instant(kNow));
  EXPECT_EQ(answer["rows"][std::size_t{0}]["outcome"].text(), "in_file");
}

TEST_F(PublishedFigures, PublishingAgainMakesAnotherOne) {
  EXPECT_EQ(published().number, 1U);
  EXPECT_EQ(published().number, 2U);
  EXPECT_EQ(control_.figures(kLeak).size(), 2U);
  EXPECT_EQ(parsed(figures_document(control_, kLeak)).root().size(), 2U);
}

TEST_F(PublishedFigures, APublishedFigureIsImmutableAndChangesNoMatching) {
  auto figure = published();
  const auto digest = figure.digest;
  figure.figure = 7;
  figure.published_at += std::chrono::seconds{1};
  EXPECT_FALSE(control_.apply(figure));
  EXPECT_EQ(control_.figure(kLeak, 1)->figure, 2U);
  EXPECT_EQ(control_.figure(kLeak, 1)->digest, digest);
}

TEST_F(PublishedFigures, AFigureOfAnUnknownIncidentIsRefused) {
  auto figure = published();
  figure.definition.incident = IncidentId{"nonesuch"};
  EXPECT_EQ(publish_figure(control_, figure).error().code, Errc::kUnknownIncident);
}

TEST_F(PublishedFigures, TooManyRowsAreRefused) {
  auto many = counted();
  many.result.rows = CountRows{{}, std::vector<CountRows::Cell>(kFigureRowsMax + 1)};
  EXPECT_EQ(freeze(query(), basis(), many, desk_a()).error().code, Errc::kBadRequest);
}

TEST_F(PublishedFigures, WhatCameToBeKnownLaterLeavesTheFigureEqual) {
  const auto figure = published();
  matches_.apply({message("R-3", 3, "2009-08-01T00:00:00.001Z")}, {{0, 6}});
  const auto now = counted();
  EXPECT_TRUE(is_equal(figure, now));
  const auto document = parsed(recount_document(figure, {now, {}}));
  EXPECT_EQ(document.root()["equal"].boolean(), true);
  EXPECT_FALSE(document.root()["gained"].exists());
}

TEST_F(PublishedFigures, ADifferenceIsTheRowsAndHowManyElementsCameAndWent) {
  const auto figure = published();
  const auto past = counted().set;
  auto gone = message("R-1", 1, "2009-07-21T00:00:00Z");
  gone.retracted = true;
  matches_.apply(
      {gone, message("R-3", 3, "2009-07-22T00:00:00Z"), message("R-4", 4, "2009-07-22T00:00:00Z")},
      {{0, 6}});
  const auto now = counted();
  EXPECT_FALSE(is_equal(figure, now));
  const auto text = recount_document(figure, {now, past});
  const auto document = parsed(text);
  const auto answer = document.root();
  EXPECT_EQ(answer["equal"].boolean(), false);
  EXPECT_EQ(answer["figure"]["published"].integer(), 2);
  EXPECT_EQ(answer["figure"]["now"].integer(), 3);
  EXPECT_EQ(answer["published_set_found"].boolean(), true);
  EXPECT_EQ(answer["gained"]["cards"].integer(), 2);
  EXPECT_EQ(answer["gained"]["members"].integer(), 0);
  EXPECT_EQ(answer["lost"]["cards"].integer(), 1);
  EXPECT_EQ(answer["rows"][std::size_t{0}]["published"].integer(), 2);
  EXPECT_EQ(answer["rows"][std::size_t{0}]["now"].integer(), 3);
  EXPECT_EQ(text.find(card(3).hex()), std::string::npos) << "no element is named";
}

TEST_F(PublishedFigures, ASwapOfElementsIsADifferenceThoughTheFigureIsTheSame) {
  const auto figure = published();
  auto gone = message("R-1", 1, "2009-07-21T00:00:00Z");
  gone.retracted = true;
  matches_.apply({gone, message("R-3", 3, "2009-07-22T00:00:00Z")}, {{0, 6}});
  EXPECT_EQ(counted().result.figure, figure.figure);
  EXPECT_FALSE(is_equal(figure, counted()));
}

TEST_F(PublishedFigures, SurviveTheirWayThroughTheTopic) {
  const auto figure = published();
  const auto again = codec::decode_control(codec::encode(ControlRecord{figure}));
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  const auto& read = std::get<Figure>(again.value());
  EXPECT_EQ(figure_document(read), figure_document(figure));
  EXPECT_TRUE(is_equal(read, counted()));
  EXPECT_EQ(codec::control_key(again.value()), "figure/leak/1");
}

}  // namespace
}  // namespace cw::desk
