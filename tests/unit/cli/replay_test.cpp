#include "cli/app.hpp"
#include "cli/replay/replay_control.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/predicate_codec.hpp"
#include "support/temp_dir.hpp"
#include "support/test_pan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cw::cli {
namespace {

using cw::test::test_pan;

constexpr std::string_view kIncident = R"(id: leak
version: 1
name: A small leak
time_zone: Asia/Tokyo
state: open
since: 2009-07-14
attributes: [channel]
files:
  - {name: one, source: here, at_risk_from: 2008-02-26, at_risk_to: 2008-03-26}
)";

constexpr std::string_view kScope = R"(revision: 1
predicate: {attribute: channel, equals: internet}
recorded_at: 2009-07-24T00:00:00Z
effective_at: 2009-07-25T00:00:00Z
)";

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Outcome run_cardwatch(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"cardwatch"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.exit_code = run(static_cast<int>(argv.size()), argv.data());
  std::fflush(stdout);
  std::fflush(stderr);
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

/// Four exposed cards (two by internet), four reports of three members on three of the cards and
/// one on a card that was never exposed.
class Replay : public testing::Test {
 protected:
  Replay() {
    dir_.write("incident.yaml", kIncident);
    dir_.write("a.yaml", "{id: a, version: 1, name: A, iin_ranges: [\"356999\"]}");
    dir_.write("b.yaml", "{id: b, version: 1, name: B, iin_ranges: [\"400000\"]}");
    dir_.write("scope.yaml", kScope);
    dir_.write("one.csv",
               "pan,expiry,channel\n" + test_pan(1) + ",2010-03,internet\n" + test_pan(2) +
                   ",2010-03,paper\n" + test_pan(3, "400000") + ",2010-03,internet\n" +
                   test_pan(4) + ",2010-03,\n");
    dir_.write("reports.csv",
               "issuer,report_id,revision,action,pan,reported_at,received_at,fraud_type,member\n" +
                   report("a", "R1", test_pan(1), "m1") + report("a", "R2", test_pan(2), "m2") +
                   report("a", "R3", test_pan(9), "m3"));
    dir_.write(
        "reports.json",
        R"([{"issuer":"b","report_id":"R4","revision":1,"action":"NEWF","pan":")" +
            test_pan(3, "400000") +
            R"(","reported_at":"2009-07-30T00:00:00Z","fraud_type":"CNP_USE","member":"m4"},
                      {"issuer":"b","report_id":"R5","revision":1,"action":"NEWF","pan":")" +
            test_pan(3, "400000") +
            R"(","reported_at":"2009-07-31T00:00:00Z","fraud_type":"CNP_USE","member":"m4"}])");
  }

  static std::string report(const std::string& issuer,
                            const std::string& id,
                            const std::string& pan,
                            const std::string& member) {
    return issuer + "," + id + ",1,NEWF," + pan +
           ",2009-07-23T03:00:00Z,2009-07-26T00:00:00Z,CNP_USE," + member + "\n";
  }

  [[nodiscard]] std::string path(std::string_view name) const { return dir_ / name; }

  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> verb) const {
    std::vector<std::string> all{"--output",
                                 "json",
                                 "replay",
                                 "--incident",
                                 path("incident.yaml"),
                                 "--issuers",
                                 path("a.yaml"),
                                 path("b.yaml"),
                                 "--exposures",
                                 "one=" + path("one.csv") + "@2009-07-20T00:00:00Z",
                                 "--reports",
                                 path("reports.csv"),
                                 path("reports.json"),
                                 "--scope",
                                 path("scope.yaml")};
    all.insert(all.end(), verb.begin(), verb.end());
    return all;
  }

  [[nodiscard]] std::int64_t figure(std::vector<std::string> options) const {
    options.insert(options.begin(), "counts");
    const Outcome outcome = run_cardwatch(command(options));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const auto answer = codec::JsonDocument::parse(outcome.out);
    EXPECT_TRUE(answer) << outcome.out;
    return answer ? answer.value().root()["figure"].integer_or(-1) : -1;
  }

  cw::test::TempDir dir_;
};

TEST_F(Replay, CountsMembersCardsAndReports) {
  EXPECT_EQ(figure({}), 3);
  EXPECT_EQ(figure({"--unit", "cards"}), 3);
  EXPECT_EQ(figure({"--unit", "reports"}), 4);
  EXPECT_EQ(figure({"--outcome", "identified"}), 2);
  EXPECT_EQ(figure({"--outcome", "in_file"}), 1);
}

TEST_F(Replay, CountsAsOfADayAndAsKnownAtATime) {
  EXPECT_EQ(figure({"--as-of", "2009-07-23"}), 2);
  EXPECT_EQ(figure({"--as-of", "2009-07-22"}), 0);
  EXPECT_EQ(figure({"--known-at", "2009-07-25T00:00:00Z"}), 0) << "not yet received";
  EXPECT_EQ(figure({"--known-at", "2009-07-26T00:00:00Z"}), 2);
  EXPECT_EQ(figure({"--known-at", "2009-07-30T00:00:00Z"}), 3)
      << "a report without received_at counts as received when it was reported";
}

TEST_F(Replay, ABreakdownSumsToTheFigure) {
  const Outcome outcome = run_cardwatch(command({"counts", "--by", "issuer,outcome"}));
  const auto answer = codec::JsonDocument::parse(outcome.out);
  ASSERT_TRUE(answer) << outcome.out;
  std::int64_t sum = 0;
  for (const auto row : answer.value().root()["rows"].elements()) {
    sum += row["count"].integer_or(0);
  }
  EXPECT_EQ(sum, answer.value().root()["figure"].integer());
  EXPECT_EQ(answer.value().root()["scope_revision"].integer(), 1);
  EXPECT_EQ(answer.value().root()["inputs"].size(), 3U);
  EXPECT_EQ(answer.value().root()["inputs"][0]["sha256"].text().value_or("").size(), 64U);
}

TEST_F(Replay, TheSameInputsInAnotherOrderHaveTheSameDigest) {
  const auto digest = [this](std::vector<std::string> first, std::vector<std::string> second) {
    std::vector<std::string> all{"--output",
                                 "json",
                                 "replay",
                                 "--incident",
                                 path("incident.yaml"),
                                 "--match-key",
                                 path("match.key"),
                                 "--issuers",
                                 path("b.yaml"),
                                 path("a.yaml")};
    all.insert(all.end(), first.begin(), first.end());
    all.insert(all.end(), second.begin(), second.end());
    all.insert(all.end(), {"counts", "--unit", "cards"});
    const Outcome outcome = run_cardwatch(all);
    const auto answer = codec::JsonDocument::parse(outcome.out);
    return answer ? answer.value().root()["digest"].text_or("") : outcome.err;
  };
  dir_.write("match.key", std::string(64, '7'));
  const std::vector<std::string> exposures{"--exposures", "one=" + path("one.csv")};
  const std::vector<std::string> once{"--reports", path("reports.csv"), path("reports.json")};
  const std::vector<std::string> twice{
      "--reports", path("reports.json"), path("reports.csv"), path("reports.csv")};
  EXPECT_EQ(digest(exposures, once).size(), 64U);
  EXPECT_EQ(digest(exposures, once), digest(twice, exposures));
}

TEST_F(Replay, ListsWhatEachIssuerWatches) {
  const Outcome outcome = run_cardwatch(command({"watchlist"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            R"([{"issuer":"a","entries":3,"fraud_reported":2,"identified":0,"in_file":1},)"
            R"({"issuer":"b","entries":1,"fraud_reported":1,"identified":0,"in_file":0}])"
            "\n");
}

TEST_F(Replay, NeverShowsACardNumber) {
  const Outcome outcome = run_cardwatch(command({"watchlist", "--cards", "--issuer", "b"}));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.out.find("leak/one=fraud_reported"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find(test_pan(3, "400000")), std::string::npos);
}

TEST_F(Replay, RefusedRowsAreListedAndTheRestCounts) {
  const std::string bad = cw::test::with_bad_luhn(test_pan(1));
  dir_.write("bad.csv",
             "issuer,report_id,revision,action,pan,reported_at,fraud_type\n"
             "a,B1,1,NEWF," +
                 bad +
                 ",2009-07-23T03:00:00Z,CNP_USE\n"
                 "z,B2,1,NEWF," +
                 test_pan(1) + ",2009-07-23T03:00:00Z,CNP_USE\n");
  auto arguments = command({});
  arguments.insert(arguments.end(), {"--reports", path("bad.csv"), "counts"});
  const Outcome outcome = run_cardwatch(arguments);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("\"figure\":3"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("PAN_LUHN"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("UNKNOWN_ISSUER"), std::string::npos);
  EXPECT_EQ(outcome.err.find(bad), std::string::npos);
}

TEST_F(Replay, WrongArgumentsAreToldApartFromWrongFiles) {
  EXPECT_EQ(run_cardwatch({"replay"}).exit_code, 64);
  EXPECT_EQ(run_cardwatch(command({})).exit_code, 64) << "no verb";
  EXPECT_EQ(run_cardwatch(command({"counts", "--unit", "people"})).exit_code, 64);
  EXPECT_EQ(run_cardwatch(command({"counts", "--since", "2010-01-01", "--as-of", "2009-01-01"}))
                .exit_code,
            64);
  EXPECT_EQ(run_cardwatch(command({"counts", "--by", "issuer,issuer"})).exit_code, 64);

  auto unknown_file = command({});
  unknown_file.insert(unknown_file.end(), {"--exposures", "two=" + path("one.csv"), "counts"});
  const Outcome refused = run_cardwatch(unknown_file);
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_NE(refused.err.find("UNKNOWN_FILE"), std::string::npos) << refused.err;

  auto missing = command({});
  missing.insert(missing.end(), {"--reports", path("nonesuch.csv"), "counts"});
  EXPECT_EQ(run_cardwatch(missing).exit_code, 65);
}

TEST(ReplayControl, AnAddingRevisionIncludesTheApprovedOneBeforeIt) {
  ReplayControl files;
  ASSERT_TRUE(
      files.set_incident(R"({"id":"leak","version":1,"name":"n","time_zone":"UTC","state":"open",)"
                         R"("since":"2009-07-14","attributes":["c"],"files":[]})"));
  ASSERT_TRUE(files.add_scope(R"({"revision":3,"mode":"add","effective_at":"2009-11-11T00:00:00Z",
                                  "predicate":{"attribute":"c","equals":"z"}})"));
  ASSERT_TRUE(files.add_scope(R"({"revision":1,"effective_at":"2009-09-11T00:00:00Z",
                                  "predicate":{"attribute":"c","equals":"x"}})"));
  ASSERT_TRUE(files.add_scope(R"({"revision":2,"predicate":{"attribute":"c","equals":"y"}})"));
  const Control control = files.fold();
  const auto* scope = control.scope(IncidentId{"leak"}, Instant::max());
  ASSERT_NE(scope, nullptr);
  EXPECT_EQ(codec::encode(scope->predicate),
            R"({"any":[{"attribute":"c","equals":"x"},{"attribute":"c","equals":"z"}]})")
      << "revision 2 was only proposed";
}

TEST(ReplayControl, RefusesAttributesThatTheIncidentDoesNotDeclareAndRepeatedRevisions) {
  ReplayControl files;
  ASSERT_TRUE(
      files.set_incident(R"({"id":"leak","version":1,"name":"n","time_zone":"UTC","state":"open",)"
                         R"("since":"2009-07-14","attributes":["c"],"files":[]})"));
  EXPECT_EQ(
      files.add_scope(R"({"predicate":{"not":{"attribute":"d","missing":true}}})").error().code,
      Errc::kPredicateInvalid);
  EXPECT_TRUE(files.add_scope(R"({"predicate":{"attribute":"file","equals":"one"}})"));
  EXPECT_EQ(files.add_scope(R"({"revision":1,"predicate":{"any":[]}})").error().code,
            Errc::kConflict);
}

}  // namespace
}  // namespace cw::cli
