#include "desk/control_rules.hpp"
#include "desk_samples.hpp"
#include "lib/codec/predicate_codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cw::desk {
namespace {

using namespace test;

const ScopeRevision& scope_of(const Result<Decision>& decision) {
  return std::get<ScopeRevision>(*decision.value().record);
}

Errc code_of(const Result<Decision>& decision) {
  EXPECT_FALSE(decision.has_value());
  return decision ? Errc::kInternal : decision.error().code;
}

codec::ScopeRequest replace_by(Predicate predicate) {
  return {std::move(predicate), codec::ScopeMode::kReplace, "a note", std::nullopt};
}

codec::ScopeRequest add(Predicate predicate) {
  return {std::move(predicate), codec::ScopeMode::kAdd, "", std::nullopt};
}

/// `control` with what `decision` writes.
Control after(Control control, const Result<Decision>& decision) {
  EXPECT_TRUE(decision.has_value());
  control.apply(*decision.value().record);
  return control;
}

Control with_proposal() {
  const auto control = with_incident();
  return after(control,
               propose_scope(control, kLeak, replace_by(channel_is("internet")), desk_a()));
}

TEST(ProposeScope, NumbersRevisionsFromOne) {
  const auto first =
      propose_scope(with_incident(), kLeak, replace_by(channel_is("internet")), desk_a());
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first.value().number, 1U);
  EXPECT_EQ(scope_of(first).state, ScopeState::kProposed);
  EXPECT_EQ(scope_of(first).note, "a note");
  EXPECT_EQ(scope_of(first).recorded_at, kNow);
  const auto second =
      propose_scope(with_proposal(), kLeak, replace_by(channel_is("phone")), desk_a());
  EXPECT_EQ(second.value().number, 2U);
}

TEST(ProposeScope, NeedsAnOpenIncident) {
  EXPECT_EQ(code_of(propose_scope(Control{}, kLeak, replace_by(channel_is("x")), desk_a())),
            Errc::kUnknownIncident);
  auto closed = incident();
  closed.state = IncidentState::kClosed;
  EXPECT_EQ(code_of(propose_scope(control({closed}), kLeak, replace_by(channel_is("x")), desk_a())),
            Errc::kIncidentClosed);
}

TEST(ProposeScope, AttributesAndFilesMustBeDeclared) {
  const auto refused = [](Predicate predicate) {
    return propose_scope(with_incident(), kLeak, replace_by(std::move(predicate)), desk_a());
  };
  const Predicate nested{
      Predicate::All{{Predicate{Predicate::Not{{Predicate{Predicate::Missing{"chanel"}}}}}}}};
  const auto decision = refused(nested);
  ASSERT_EQ(code_of(decision), Errc::kPredicateInvalid);
  EXPECT_NE(decision.error().detail.find("chanel"), std::string::npos);
  EXPECT_EQ(code_of(refused(Predicate{Predicate::Equals{"file", "extract-9"}})),
            Errc::kPredicateInvalid);
  EXPECT_EQ(code_of(refused(Predicate{Predicate::In{"file", {"extract-1", "extract-9"}}})),
            Errc::kPredicateInvalid);
  EXPECT_TRUE(refused(Predicate{Predicate::Equals{"file", "extract-1"}}).has_value());
}

TEST(ProposeScope, AddKeepsWhatIsApproved) {
  auto control = with_incident();
  control.apply(scope(1, channel_is("internet"), "2009-07-23T00:00:00Z"));
  const auto decision = propose_scope(control, kLeak, add(channel_is("phone")), desk_a());
  EXPECT_EQ(
      codec::encode(scope_of(decision).predicate),
      codec::encode(Predicate{Predicate::Any{{channel_is("internet"), channel_is("phone")}}}));
}

TEST(ProposeScope, RepeatedAdditionsDoNotNest) {
  auto control = with_incident();
  control.apply(scope(1,
                      Predicate{Predicate::Any{{channel_is("internet"), channel_is("phone")}}},
                      "2009-07-23T00:00:00Z"));
  const auto decision = propose_scope(control, kLeak, add(channel_is("agent")), desk_a());
  EXPECT_EQ(std::get<Predicate::Any>(scope_of(decision).predicate.node()).parts.size(), 3U);
}

TEST(ProposeScope, AddWithoutAnApprovedOneStandsAlone) {
  const auto decision = propose_scope(with_proposal(), kLeak, add(channel_is("phone")), desk_a());
  EXPECT_EQ(codec::encode(scope_of(decision).predicate), codec::encode(channel_is("phone")))
      << "a proposal that nobody approved is no base";
}

TEST(ProposeScope, AnAdditionBeyondTheBoundsIsRefused) {
  auto control = with_incident();
  std::vector<std::string> values;
  for (std::size_t i = 0; i + 5 < Predicate::kNodesMax; ++i) values.push_back(std::to_string(i));
  std::sort(values.begin(), values.end());
  control.apply(scope(1, Predicate{Predicate::In{"channel", values}}, "2009-07-23T00:00:00Z"));
  const Predicate addition{Predicate::In{"channel", {"a", "b", "c", "d", "e", "f", "g", "h", "i"}}};
  EXPECT_EQ(code_of(propose_scope(control, kLeak, add(addition), desk_a())),
            Errc::kPredicateInvalid);
}

TEST(ProposeScope, OnlyAnImportSaysWhenItWasRecorded) {
  auto request = replace_by(channel_is("internet"));
  request.recorded_at = at("2009-07-23T00:00:00Z");
  EXPECT_EQ(code_of(propose_scope(with_incident(), kLeak, request, desk_a())),
            Errc::kImportForbidden);
  const auto decision = propose_scope(with_incident(), kLeak, request, importer());
  EXPECT_EQ(scope_of(decision).recorded_at, *request.recorded_at);
  EXPECT_TRUE(scope_of(decision).imported);
}

TEST(ApproveScope, TakesEffectWithTheSamePredicate) {
  const auto decision = approve_scope(with_proposal(), kLeak, 1, {}, desk_b());
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(scope_of(decision).state, ScopeState::kApproved);
  EXPECT_EQ(scope_of(decision).effective_at, kNow);
  EXPECT_EQ(scope_of(decision).by, Principal{"desk-b"});
  EXPECT_EQ(codec::encode(scope_of(decision).predicate), codec::encode(channel_is("internet")));
}

TEST(ApproveScope, IsForAnotherPersonThanTheProposer) {
  EXPECT_EQ(code_of(approve_scope(with_proposal(), kLeak, 1, {}, desk_a())), Errc::kSamePrincipal);
}

TEST(ApproveScope, HappensOnce) {
  const auto control = with_proposal();
  const auto approved = after(control, approve_scope(control, kLeak, 1, {}, desk_b()));
  const auto again = approve_scope(approved, kLeak, 1, {}, importer());
  ASSERT_EQ(code_of(again), Errc::kScopeState);
  EXPECT_NE(again.error().detail.find("desk-b"), std::string::npos);
}

TEST(ApproveScope, NeedsAProposalOfAnOpenIncident) {
  EXPECT_EQ(code_of(approve_scope(with_proposal(), kLeak, 2, {}, desk_b())), Errc::kNotFound);
  EXPECT_EQ(code_of(approve_scope(Control{}, kLeak, 1, {}, desk_b())), Errc::kUnknownIncident);
}

TEST(ApproveScope, ThatWouldHaveNoEffectIsRefused) {
  auto control = with_proposal();
  control.apply(scope(2, channel_is("phone"), "2009-11-11T00:00:00Z"));
  EXPECT_EQ(code_of(approve_scope(control, kLeak, 1, {}, desk_b())), Errc::kScopeState);
  EXPECT_TRUE(
      approve_scope(control, kLeak, 1, {at("2009-09-11T00:00:00Z")}, importer()).has_value())
      << "an import may still tell what was in force before";
}

TEST(ApproveScope, OnlyAnImportSaysWhenAndNeverTheFuture) {
  const codec::ApproveRequest past{at("2009-09-11T00:00:00Z")};
  EXPECT_EQ(code_of(approve_scope(with_proposal(), kLeak, 1, past, desk_b())),
            Errc::kImportForbidden);
  const auto decision = approve_scope(with_proposal(), kLeak, 1, past, importer());
  EXPECT_EQ(scope_of(decision).effective_at, *past.effective_at);
  EXPECT_TRUE(scope_of(decision).imported);
  const codec::ApproveRequest future{kNow + std::chrono::milliseconds{1}};
  EXPECT_EQ(code_of(approve_scope(with_proposal(), kLeak, 1, future, importer())),
            Errc::kTimestampInvalid);
}

}  // namespace
}  // namespace cw::desk
