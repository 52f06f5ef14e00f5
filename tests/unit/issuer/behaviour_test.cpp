#include "issuer/behaviour.hpp"

#include <gtest/gtest.h>

namespace cw::issuer {
namespace {

TEST(Behaviour, IsReadWithDefaultsForItsMode) {
  const auto slow = decode_behaviour(R"({"mode":"slow"})");
  const auto fail = decode_behaviour(R"({"mode":"fail","status":410,"count":3})");

  ASSERT_TRUE(slow && fail);
  EXPECT_EQ(slow.value().delay, std::chrono::seconds{2});
  EXPECT_EQ(fail.value().status, 410);
  EXPECT_EQ(fail.value().count, 3U);
  EXPECT_EQ(decode_behaviour(encode(fail.value())).value(), fail.value());
}

TEST(Behaviour, RefusesWhatItDoesNotKnow) {
  for (const char* text : {R"({})",
                           R"({"mode":"odd"})",
                           R"({"mode":"fail","status":200})",
                           R"({"mode":"fail","status":600})",
                           R"({"mode":"slow","delay_ms":300001})",
                           R"({"mode":"slow","delay_ms":-1})",
                           R"({"mode":"fail","count":1000001})",
                           R"({"mode":"fail","cuont":1})",
                           R"({"mode":"normal","answers":{"LOST":1}})",
                           R"([])"}) {
    const auto behaviour = decode_behaviour(text);
    ASSERT_FALSE(behaviour) << text;
    EXPECT_EQ(behaviour.error().code, Errc::kSchemaViolation) << text;
  }
  EXPECT_EQ(decode_behaviour("{").error().code, Errc::kJsonSyntax);
}

TEST(Forget, IsANumberOfCards) {
  EXPECT_EQ(decode_forget(R"({"cards":3})").value(), 3U);
  for (const char* text : {R"({"cards":0})",
                           R"({"cards":1000001})",
                           R"({"cards":"3"})",
                           "{}",
                           R"({"cards":3,"from":1})",
                           "[]"}) {
    const auto count = decode_forget(text);
    ASSERT_FALSE(count) << text;
    EXPECT_EQ(count.error().code, Errc::kSchemaViolation) << text;
  }
  EXPECT_EQ(decode_forget("{").error().code, Errc::kJsonSyntax);
}

TEST(BehaviourSwitch, ReturnsToNormalAfterTheCountedPushes) {
  BehaviourSwitch behaviour;
  behaviour.set({.mode = BehaviourMode::kFail, .count = 2});

  EXPECT_EQ(behaviour.next().mode, BehaviourMode::kFail);
  EXPECT_EQ(behaviour.next().mode, BehaviourMode::kFail);
  EXPECT_EQ(behaviour.next().mode, BehaviourMode::kNormal);
  EXPECT_EQ(behaviour.current(), Behaviour{});
}

TEST(BehaviourSwitch, AnswersOutliveTheCountedPushes) {
  BehaviourSwitch behaviour;
  behaviour.set(
      decode_behaviour(R"({"mode":"fail","count":1,"answers":{"BLOCKED":7,"MONITORED":3}})")
          .value());

  EXPECT_EQ(behaviour.next().mode, BehaviourMode::kFail);

  EXPECT_EQ(behaviour.current().mode, BehaviourMode::kNormal);
  EXPECT_EQ(behaviour.current().answers.status_of(9), CardStatus::kMonitored);
  EXPECT_EQ(decode_behaviour(encode(behaviour.current())).value(), behaviour.current());
}

TEST(BehaviourSwitch, WithoutACountStaysUntilItIsChanged) {
  BehaviourSwitch behaviour;
  behaviour.set({.mode = BehaviourMode::kVanish});

  for (int i = 0; i < 5; ++i) EXPECT_EQ(behaviour.next().mode, BehaviourMode::kVanish);
  behaviour.set({});
  EXPECT_EQ(behaviour.next().mode, BehaviourMode::kNormal);
}

}  // namespace
}  // namespace cw::issuer
