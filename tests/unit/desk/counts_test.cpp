#include "desk/count_answer.hpp"
#include "desk/count_request.hpp"
#include "desk/figures.hpp"
#include "desk_samples.hpp"
#include "lib/codec/json_value.hpp"

#include <gtest/gtest.h>

namespace cw::desk {
namespace {

using namespace test;

http::Params params(std::initializer_list<std::pair<std::string, std::string>> list) {
  http::Params all;
  for (const auto& [name, value] : list) all.add(name, value);
  return all;
}

Result<CountQuery> read(std::initializer_list<std::pair<std::string, std::string>> list) {
  return read_count_request(params(list), incident(), kNow);
}

std::string refusal(std::initializer_list<std::pair<std::string, std::string>> list) {
  const auto query = read(list);
  EXPECT_FALSE(query.has_value());
  if (query) return "";
  EXPECT_EQ(query.error().code, Errc::kBadRequest);
  return query.error().detail;
}

TEST(CountRequest, DefaultsAreAttributableMembersFromTheIncidentsSinceToToday) {
  const auto query = read({}).value();
  EXPECT_EQ(query.incident, kLeak);
  EXPECT_EQ(query.unit, CountUnit::kMembers);
  EXPECT_EQ(query.since, day("2009-07-14"));
  EXPECT_EQ(query.as_of, day("2026-11-22"));
  EXPECT_EQ(query.time_zone.name(), "Asia/Tokyo");
  EXPECT_EQ(query.attributable, AttributableFilter::kOnly);
  EXPECT_FALSE(query.known_at.has_value());
  EXPECT_TRUE(query.by.empty());
  EXPECT_TRUE(query.outcomes.empty());
}

TEST(CountRequest, TodayIsTheIncidentsDay) {
  const auto late = at("2026-11-22T15:00:00Z");
  EXPECT_EQ(read_count_request({}, incident(), late).value().as_of, day("2026-11-23"));
}

TEST(CountRequest, ReadsEveryParameter) {
  const auto query = read({{"since", "2009-07-20"},
                           {"as_of", "2009-10-23"},
                           {"known_at", "2009-11-01T00:00:00+09:00"},
                           {"unit", "cards"},
                           {"by", "day,issuer"},
                           {"outcome", "in_file,identified"},
                           {"attributable", "both"}})
                         .value();
  EXPECT_EQ(query.since, day("2009-07-20"));
  EXPECT_EQ(query.as_of, day("2009-10-23"));
  EXPECT_EQ(query.known_at, at("2009-10-31T15:00:00Z"));
  EXPECT_EQ(query.unit, CountUnit::kCards);
  EXPECT_EQ(query.by, (std::vector<CountKey>{CountKey::kDay, CountKey::kIssuer}));
  EXPECT_EQ(query.outcomes, (std::vector<Outcome>{Outcome::kInFile, Outcome::kIdentified}));
  EXPECT_EQ(query.attributable, AttributableFilter::kBoth);
}

TEST(CountRequest, RefusalsNameTheParameterAndWhatItTakes) {
  EXPECT_NE(refusal({{"asof", "2009-10-23"}}).find("unknown parameter \"asof\""),
            std::string::npos);
  EXPECT_NE(refusal({{"since", "2009-13-01"}}).find("since=\"2009-13-01\""), std::string::npos);
  EXPECT_NE(refusal({{"as_of", "23.10.2009"}}).find("YYYY-MM-DD"), std::string::npos);
  EXPECT_NE(refusal({{"as_of", "2009-07-13"}}).find("before since"), std::string::npos);
  EXPECT_NE(refusal({{"known_at", "2009-10-23"}}).find("RFC 3339"), std::string::npos);
  EXPECT_NE(refusal({{"known_at", "2009-10-23T00:00:00 09:00"}}).find("%2B"), std::string::npos);
  EXPECT_NE(refusal({{"known_at", "2026-11-22T05:00:00.001Z"}}).find("future"), std::string::npos);
  EXPECT_NE(refusal({{"unit", "people"}}).find("reports, cards or members"), std::string::npos);
  EXPECT_NE(refusal({{"by", "issuer,region"}}).find("by=\"region\""), std::string::npos);
  EXPECT_NE(refusal({{"by", "issuer,issuer"}}).find("once"), std::string::npos);
  EXPECT_NE(refusal({{"by", "issuer,,day"}}).find("by=\"\""), std::string::npos);
  EXPECT_NE(refusal({{"outcome", "leaked"}}).find("identified"), std::string::npos);
  EXPECT_NE(refusal({{"attributable", "yes"}}).find("only, exclude or both"), std::string::npos);
  EXPECT_NE(refusal({{"unit", "cards"}, {"unit", "reports"}}).find("twice"), std::string::npos);
}

TEST(CountRequest, ALongValueIsNotEchoedWhole) {
  EXPECT_LT(refusal({{"unit", std::string(5000, 'x')}}).size(), 200U);
}

codec::FactMessage message(std::string_view id, std::uint8_t number, Outcome outcome) {
  codec::FactMessage sample;
  sample.fact.id = {kLeak, kJcb, ReportId{std::string(id)}, at("2009-07-20T00:00:00Z")};
  sample.fact.card = card(number);
  sample.fact.card_issuer = number == 3 ? kUnassignedIssuer : kJcb;
  sample.fact.outcome = outcome;
  sample.fact.attributable = outcome == Outcome::kIdentified || outcome == Outcome::kInFile;
  sample.fact.reported_at = at("2009-07-20T00:00:00Z");
  sample.fact.received_at = at("2009-07-20T00:00:00Z");
  return sample;
}

TEST(CountAnswer, NamesTheFigureCompletely) {
  MatchView matches;
  matches.apply({message("R-1", 1, Outcome::kIdentified), message("R-2", 2, Outcome::kInFile)},
                {{0, 5}, {3, 7}});
  const auto query = read({{"by", "outcome"}, {"unit", "cards"}}).value();
  const auto document = codec::JsonDocument::parse(
      count_answer(matches, query, {.scope_revision = 3, .control_offset = 9}, Digest::kYes));
  ASSERT_TRUE(document.has_value());
  const auto answer = document.value().root();
  EXPECT_EQ(answer["figure"].integer(), 2);
  EXPECT_EQ(answer["unit"].text(), "cards");
  EXPECT_EQ(answer["attributable"].text(), "only");
  EXPECT_EQ(answer["since"].text(), "2009-07-14");
  EXPECT_EQ(answer["as_of"].text(), "2026-11-22");
  EXPECT_TRUE(answer["known_at"].is_null());
  EXPECT_EQ(answer["time_zone"].text(), "Asia/Tokyo");
  EXPECT_EQ(answer["scope_revision"].integer(), 3);
  EXPECT_EQ(answer["offsets"]["matches.v1"]["3"].integer(), 7);
  EXPECT_EQ(answer["offsets"]["control.v1"]["0"].integer(), 9);
  EXPECT_EQ(answer["digest"].text(),
            digest_of({"card 01010101010101010101010101010101",
                       "card 02020202020202020202020202020202"}));
  ASSERT_EQ(answer["rows"].size(), 2U);
  EXPECT_EQ(answer["rows"][std::size_t{0}]["outcome"].text(), "identified");
  EXPECT_EQ(answer["rows"][std::size_t{0}]["count"].integer(), 1);
}

TEST(CountAnswer, TheDigestIsMadeOnlyWhenAskedFor) {
  const auto text = count_answer(MatchView{}, read({}).value(), {}, Digest::kNo);
  EXPECT_EQ(text.find("digest"), std::string::npos);
}

TEST(CountAnswer, NamesTheIssuersNotHeardFrom) {
  MatchView matches;
  matches.apply({message("R-1", 1, Outcome::kInFile)}, {{0, 1}});
  CountBasis basis;
  basis.issuers = {kJcb, IssuerId{"mute"}};
  const auto early = read({{"as_of", "2009-07-19"}}).value();
  auto document = codec::JsonDocument::parse(count_answer(matches, early, basis, Digest::kNo));
  auto answer = document.value().root();
  EXPECT_EQ(answer["provisional"].boolean(), true);
  ASSERT_EQ(answer["not_heard_from"].size(), 1U) << "jcb-a was heard from after the 19th";
  EXPECT_EQ(answer["not_heard_from"][std::size_t{0}]["issuer"].text(), "mute");
  EXPECT_TRUE(answer["not_heard_from"][std::size_t{0}]["usual_lag_seconds"].is_null());

  basis.issuers = {kJcb};
  document = codec::JsonDocument::parse(
      count_answer(matches, read({{"as_of", "2009-07-20"}}).value(), basis, Digest::kNo));
  const auto late = document.value().root()["not_heard_from"][std::size_t{0}];
  EXPECT_EQ(late["last_received_at"].text(), "2009-07-20T00:00:00.000Z");
  EXPECT_EQ(late["usual_lag_seconds"].integer(), 0);
}

TEST(SeriesRequest, ReadsTheStepAndKnownAtEach) {
  const auto all = params({{"step", "week"}, {"known_at", "each"}, {"unit", "cards"}});
  const auto query = read_series_request(all, incident(), kNow).value();
  EXPECT_EQ(query.step, SeriesStep::kWeek);
  EXPECT_EQ(query.known, SeriesKnown::kEach);
  EXPECT_EQ(query.count.unit, CountUnit::kCards);
  EXPECT_FALSE(query.count.known_at.has_value());
  EXPECT_EQ(query.now, kNow);
}

TEST(SeriesRequest, RefusesAnUnknownStepAndTwoKnownAt) {
  const auto step = read_series_request(params({{"step", "year"}}), incident(), kNow);
  EXPECT_NE(step.error().detail.find("day, week or month"), std::string::npos);
  const auto twice = params({{"known_at", "each"}, {"known_at", "2009-11-01T00:00:00Z"}});
  EXPECT_NE(read_series_request(twice, incident(), kNow).error().detail.find("twice"),
            std::string::npos);
}

TEST(CountRequest, AFlagIsZeroOrOne) {
  EXPECT_FALSE(read_flag(params({}), "digest").value());
  EXPECT_TRUE(read_flag(params({{"digest", "1"}}), "digest").value());
  EXPECT_EQ(read_flag(params({{"digest", "yes"}}), "digest").error().code, Errc::kBadRequest);
}

TEST(SeriesAnswer, HasAPointForEachStepWithWhatIsNew) {
  MatchView matches;
  matches.apply({message("R-1", 1, Outcome::kIdentified), message("R-2", 2, Outcome::kInFile)},
                {{0, 5}});
  const auto all = params({{"step", "week"}, {"as_of", "2009-07-26"}, {"by", "outcome"}});
  const auto query = read_series_request(all, incident(), kNow).value();
  const auto document =
      codec::JsonDocument::parse(series_answer(matches, query, CountBasis{}).value());
  const auto points = document.value().root()["points"];
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[std::size_t{0}]["to"].text(), "2009-07-19");
  EXPECT_EQ(points[std::size_t{0}]["figure"].integer(), 0);
  EXPECT_EQ(points[std::size_t{1}]["figure"].integer(), 2);
  EXPECT_EQ(points[std::size_t{1}]["new"].integer(), 2);
  EXPECT_EQ(points[std::size_t{1}]["rows"][std::size_t{1}]["outcome"].text(), "in_file");
  EXPECT_EQ(points[std::size_t{1}]["rows"][std::size_t{1}]["new"].integer(), 1);
}

TEST(CountAnswer, TheDigestIsSha256OverTheLines) {
  EXPECT_EQ(digest_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_NE(digest_of({"a", "b"}), digest_of({"ab"}));
}

TEST(MatchView, FoldsFactsAndRetractions) {
  MatchView matches;
  matches.apply({message("R-1", 1, Outcome::kInFile)}, {{0, 1}});
  auto gone = message("R-1", 1, Outcome::kInFile);
  gone.retracted = true;
  matches.apply({gone}, {{0, 2}});
  EXPECT_EQ(matches.read([](const FactBook& facts, const Offsets&) { return facts.size(); }), 0U);
  EXPECT_EQ(matches.offsets(), (Offsets{{0, 2}}));
}

TEST(Figures, AreGaugesByIncidentAndOutcome) {
  telemetry::Registry registry;
  Probe probe{registry};
  MatchView matches;
  matches.apply({message("R-1", 1, Outcome::kIdentified),
                 message("R-2", 1, Outcome::kInFile),
                 message("R-3", 3, Outcome::kExpiryMismatch)},
                {{0, 3}});
  update_figures(with_incident(), matches, kNow, probe);
  const auto text = registry.expose();
  for (const std::string_view line : {"cardwatch_members{incident=\"leak\"} 1",
                                      "cardwatch_cards{incident=\"leak\"} 1",
                                      "cardwatch_reports{incident=\"leak\"} 2",
                                      "cardwatch_unassigned_cards{incident=\"leak\"} 1",
                                      "outcome=\"identified\"} 1",
                                      "outcome=\"expiry_mismatch\"} 1",
                                      "outcome=\"not_exposed\"} 0",
                                      "cardwatch_desk_facts 3"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << '\n' << text;
  }
}

}  // namespace
}  // namespace cw::desk
