#include "domain_samples.hpp"
#include "lib/domain/control_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cw {
namespace {

using namespace test;

TEST(Control, TheGreatestIncidentVersionStands) {
  auto second = incident();
  second.version = 2;
  second.name = "renamed";
  second.effective_at = at("2009-08-01T00:00:00Z");
  const auto folded = control({second, incident()});

  EXPECT_EQ(folded.incident(kLeak)->name, "renamed");
  EXPECT_EQ(folded.incident(kLeak, at("2009-07-31T23:59:59.999Z"))->version, 1U);
  EXPECT_EQ(folded.incident(kLeak, at("2009-08-01T00:00:00Z"))->version, 2U);
  EXPECT_EQ(folded.incident(kLeak, at("2009-07-19T23:59:59.999Z")), nullptr);
  ASSERT_EQ(folded.incidents().size(), 1U);
  EXPECT_EQ(folded.incidents()[0]->version, 2U);
}

TEST(Control, AVersionThatTookEffectEarlierThanItsPredecessorReplacesItForGood) {
  auto second = incident();
  second.version = 2;
  second.effective_at = at("2009-07-10T00:00:00Z");
  const auto folded = control({incident(), second});

  EXPECT_EQ(folded.incident(kLeak, at("2009-07-15T00:00:00Z"))->version, 2U);
  EXPECT_EQ(folded.incident(kLeak, at("2009-07-25T00:00:00Z"))->version, 2U);
}

TEST(Control, SaysWhetherARecordChangedAnything) {
  Control folded;
  EXPECT_TRUE(folded.apply(incident()));
  EXPECT_FALSE(folded.apply(incident()));
  EXPECT_TRUE(folded.apply(issuer("jcb-a", {"3569"})));
  EXPECT_FALSE(folded.apply(issuer("jcb-a", {"3569"})));
  EXPECT_TRUE(folded.apply(scope(1, channel_is("internet"), "2009-07-23T00:00:00Z")));
  EXPECT_FALSE(folded.apply(scope(1, channel_is("internet"), "2009-07-23T00:00:00Z")));
  FileLoad load;
  load.key = "fk-1";
  EXPECT_TRUE(folded.apply(load));
  EXPECT_FALSE(folded.apply(load));
}

TEST(Control, OfTwoRecordsWithOneIdentityTheEarlierStandsInAnyOrder) {
  auto early = incident();
  early.name = "early";
  early.effective_at = at("2009-07-19T00:00:00Z");
  for (const auto& order : {std::vector<ControlRecord>{early, incident()},
                            std::vector<ControlRecord>{incident(), early}}) {
    EXPECT_EQ(control(order).incident(kLeak)->name, "early");
  }
}

TEST(Control, TheScopeInForceIsTheGreatestApprovedRevisionInEffect) {
  auto proposed = scope(9, channel_is("agent"), "2009-07-01T00:00:00Z");
  proposed.state = ScopeState::kProposed;
  const auto folded = control({scope(2, channel_is("phone"), "2009-08-01T00:00:00Z"),
                               scope(1, channel_is("internet"), "2009-07-23T00:00:00Z"),
                               scope(3, channel_is("agent"), "2009-07-30T00:00:00Z"),
                               proposed});

  EXPECT_EQ(folded.scope(kLeak, at("2009-07-22T00:00:00Z")), nullptr);
  EXPECT_EQ(folded.scope(kLeak, at("2009-07-23T00:00:00Z"))->revision, 1U);
  EXPECT_EQ(folded.scope(kLeak, at("2009-07-30T00:00:00Z"))->revision, 3U);
  EXPECT_EQ(folded.scope(kLeak, at("2009-09-30T00:00:00Z"))->revision, 3U)
      << "revision 2 took effect later but has the smaller number";
  ASSERT_EQ(folded.scopes(kLeak).size(), 4U);
  EXPECT_EQ(folded.scopes(kLeak)[3]->state, ScopeState::kProposed);
}

TEST(Control, ChangePointsAreWhereAnOutcomeMayChange) {
  auto second = incident();
  second.version = 2;
  second.effective_at = at("2009-08-01T00:00:00Z");
  second.files[0].withdrawn_at = at("2009-08-02T00:00:00Z");
  auto proposed = scope(2, channel_is("x"), "2009-07-29T00:00:00Z");
  proposed.state = ScopeState::kProposed;
  const auto folded = control(
      {second, incident(), scope(1, channel_is("internet"), "2009-07-23T00:00:00Z"), proposed});

  EXPECT_EQ(folded.change_points(kLeak),
            (std::vector<Instant>{at("2009-07-20T00:00:00Z"),
                                  at("2009-07-23T00:00:00Z"),
                                  at("2009-08-01T00:00:00Z"),
                                  at("2009-08-02T00:00:00Z")}));
  EXPECT_TRUE(folded.change_points(IncidentId{"other"}).empty());
}

TEST(Control, ACardBelongsToTheLongestRange) {
  const auto folded = control({issuer("wide", {"35"}),
                               issuer("middle", {"3569"}),
                               issuer("narrow", {"35699900", "4"}),
                               issuer("zero", {"00"})});

  EXPECT_EQ(folded.issuer_of(35699900), IssuerId{"narrow"});
  EXPECT_EQ(folded.issuer_of(35699901), IssuerId{"middle"});
  EXPECT_EQ(folded.issuer_of(35699899), IssuerId{"middle"});
  EXPECT_EQ(folded.issuer_of(35700000), IssuerId{"wide"});
  EXPECT_EQ(folded.issuer_of(36000000), kUnassignedIssuer);
  EXPECT_EQ(folded.issuer_of(40000000), IssuerId{"narrow"});
  EXPECT_EQ(folded.issuer_of(49999999), IssuerId{"narrow"});
  EXPECT_EQ(folded.issuer_of(50000000), kUnassignedIssuer);
  EXPECT_EQ(folded.issuer_of(99), IssuerId{"zero"}) << "leading zeros belong to the 8 digits";
  EXPECT_EQ(folded.issuer_of(1'000'000), kUnassignedIssuer);
  EXPECT_EQ(Control{}.issuer_of(35699900), kUnassignedIssuer);
}

TEST(Control, TheHighestRangeEndsWithTheLastIin) {
  const auto folded = control({issuer("last", {"9", "99999999"})});
  EXPECT_EQ(folded.issuer_of(99'999'999), IssuerId{"last"});
  EXPECT_EQ(folded.issuer_of(89'999'999), kUnassignedIssuer);
}

TEST(Control, OfEqualRangesTheSmallerIssuerIdWins) {
  for (const auto& order :
       {std::vector<ControlRecord>{issuer("a", {"3569"}), issuer("b", {"3569"})},
        std::vector<ControlRecord>{issuer("b", {"3569"}), issuer("a", {"3569"})}}) {
    EXPECT_EQ(control(order).issuer_of(kIin), IssuerId{"a"});
  }
}

TEST(Control, RangesAreThoseOfStandingVersions) {
  auto second = issuer("jcb-a", {"4000"});
  second.version = 2;
  const auto folded = control({second, issuer("jcb-a", {"3569"})});

  EXPECT_EQ(folded.issuer_of(kIin), kUnassignedIssuer);
  EXPECT_EQ(folded.issuer_of(40001234), kJcb);
  EXPECT_EQ(folded.issuer(kJcb)->version, 2U);
  EXPECT_EQ(folded.issuer(IssuerId{"none"}), nullptr);
  EXPECT_EQ(folded.issuers().size(), 1U);
}

TEST(Control, ALoadedFileReplacesItsOpenedRecordAndNotTheOtherWayRound) {
  FileLoad opened;
  opened.incident = kLeak;
  opened.file = kFile;
  opened.key = "fk-1";
  opened.received_at = at("2009-07-22T00:00:00Z");
  auto loaded = opened;
  loaded.state = FileLoadState::kLoaded;
  loaded.sha256 = "ab";
  loaded.received_at = at("2009-07-22T00:01:00Z");
  auto interrupted = opened;
  interrupted.key = "fk-0";

  for (const auto& order : {std::vector<ControlRecord>{opened, loaded, interrupted},
                            std::vector<ControlRecord>{loaded, interrupted, opened}}) {
    const auto folded = control(order);
    EXPECT_EQ(folded.file_loads().size(), 2U);
    ASSERT_NE(folded.loaded(kLeak, kFile), nullptr);
    EXPECT_EQ(folded.loaded(kLeak, kFile)->key, "fk-1");
  }
  EXPECT_EQ(control({opened}).loaded(kLeak, kFile), nullptr);
  EXPECT_EQ(Control{}.loaded(kLeak, kFile), nullptr);
}

TEST(Control, ACopyDoesNotFollowTheOriginal) {
  auto original = plain_control();
  const auto copy = original;
  original.apply(scope(1, channel_is("internet"), "2009-07-23T00:00:00Z"));
  original.apply(issuer("new", {"35699900"}));

  EXPECT_EQ(copy.scope(kLeak, Instant::max()), nullptr);
  EXPECT_EQ(copy.issuer_of(kIin), kJcb);
  EXPECT_EQ(original.issuer_of(kIin), IssuerId{"new"});
}

TEST(Control, IsAFunctionOfTheSetOfRecords) {
  auto second = incident();
  second.version = 2;
  second.effective_at = at("2009-08-01T00:00:00Z");
  auto other_second = second;
  other_second.name = "the same instant, other content";
  std::vector<ControlRecord> records = {incident(),
                                        second,
                                        other_second,
                                        scope(1, channel_is("a"), "2009-07-23T00:00:00Z"),
                                        scope(1, channel_is("b"), "2009-07-23T00:00:00Z"),
                                        issuer("a", {"35"}),
                                        issuer("b", {"3569"})};
  std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5, 6};
  const auto reference = control(records);
  do {
    Control folded;
    for (const auto i : order) folded.apply(records[i]);
    ASSERT_EQ(canonical(*folded.incident(kLeak)), canonical(*reference.incident(kLeak)));
    ASSERT_EQ(canonical(*folded.scope(kLeak, Instant::max())),
              canonical(*reference.scope(kLeak, Instant::max())));
    ASSERT_EQ(folded.issuer_of(kIin), IssuerId{"b"});
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ControlOrder, CanonicalTextsTellStructuresApart) {
  const Predicate nested{Predicate::All{{Predicate{Predicate::Any{{channel_is("a")}}}}}};
  const Predicate flat{Predicate::All{{Predicate{Predicate::Any{}}, channel_is("a")}}};
  EXPECT_NE(canonical(nested), canonical(flat));
  EXPECT_NE(canonical(Predicate{Predicate::In{"a", {"b", "c"}}}),
            canonical(Predicate{Predicate::Between{"a", "b", "c"}}));
  EXPECT_NE(canonical(Predicate{Predicate::Prefix{"a", "b"}}),
            canonical(Predicate{Predicate::Equals{"a", "b"}}));
  EXPECT_NE(canonical(Predicate{Predicate::Not{{channel_is("a")}}}), canonical(channel_is("a")));
  EXPECT_NE(canonical(Predicate{Predicate::Missing{"a"}}),
            canonical(Predicate{Predicate::Missing{"b"}}));
}

}  // namespace
}  // namespace cw
