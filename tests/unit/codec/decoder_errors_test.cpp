#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/limits.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/watch_codec.hpp"
#include "unit/codec/examples.hpp"

#include <gtest/gtest.h>

namespace cw::codec::test {
namespace {

std::string example(std::string_view name) {
  for (const Example& each : examples("valid")) {
    if (each.name == name) return each.json;
  }
  ADD_FAILURE() << "no example " << name;
  return {};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Decoder, AnotherVersionIsToldApartFromAViolation) {
  const auto decoded = decode_exposure(replaced(example("exposure-plain"), "\"v\": 1", "\"v\": 2"));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::kSchemaVersion);
}

TEST(Decoder, AViolationNamesTheJsonPointer) {
  const auto text = replaced(example("control-incident"), "\"2008-03-10\"", "\"2008-13-10\"");
  const auto decoded = decode_control(text);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::kSchemaViolation);
  EXPECT_NE(decoded.error().detail.find("/files/1/at_risk_from"), std::string::npos)
      << decoded.error().detail;
}

TEST(Decoder, ThePredicatesPlaceInsideARecordIsNamed) {
  const auto text = replaced(example("control-scope-proposed"), "\"between\"", "\"betwixt\"");
  const auto decoded = decode_control(text);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::kPredicateInvalid);
  EXPECT_NE(decoded.error().detail.find("/predicate/all/1/any/0"), std::string::npos)
      << decoded.error().detail;
}

TEST(Decoder, SkipsMembersOfANewerWriter) {
  const auto text = replaced(example("control-issuer"), "\"url\"", "\"later\": [1, {}], \"url\"");
  EXPECT_TRUE(decode_control(text));
  EXPECT_TRUE(decode_exposure(
      replaced(example("exposure-plain"), "\"record\"", "\"later\": {\"a\": 1}, \"record\"")));
}

TEST(Decoder, RefusesMoreThanOneMebibyte) {
  const std::string padded = example("report-full") + std::string(kMessageBytesMax, ' ');
  EXPECT_EQ(decode_report(padded).error().code, Errc::kBodyTooLarge);
}

// Goal: no error repeats a value. Method: put a marker where a value should be, member by member.
TEST(Decoder, NoErrorRepeatsAValue) {
  constexpr std::string_view kMarker = "4000001234567899";
  for (const Example& each : examples("valid")) {
    for (std::size_t at = each.json.find("\": "); at != std::string::npos;
         at = each.json.find("\": ", at + 1)) {
      const std::size_t begin = at + 3;
      const std::size_t end = each.json.find_first_of(",\n}]", begin);
      const std::string text =
          each.json.substr(0, begin) + "\"" + std::string(kMarker) + "%\"" + each.json.substr(end);
      const auto decoded = reencode(each.message, text);
      if (decoded) continue;
      EXPECT_EQ(decoded.error().detail.find("4000001234"), std::string::npos)
          << each.name << ": " << decoded.error().detail;
    }
  }
}

TEST(ReportHash, IgnoresHowTheRecordCameHere) {
  const auto base = decode_report(example("report-filed-under"));
  ASSERT_TRUE(base);
  ReportRevision other = base.value();
  other.filed_under.reset();
  other.imported = !other.imported;
  other.received_at += std::chrono::hours{1};
  EXPECT_EQ(content_hash(other), base.value().content_hash);
  EXPECT_NE(base.value().home(), other.home());
}

TEST(ReportHash, IgnoresWhenItWasReceivedButNoneOfWhatItSays) {
  const std::string text = example("report-full");
  const auto base = decode_report(text);
  ASSERT_TRUE(base);
  const auto later =
      decode_report(replaced(text, "2009-07-24T00:00:00.000Z", "2009-07-25T00:00:00.000Z"));
  ASSERT_TRUE(later);
  EXPECT_EQ(base.value().content_hash, later.value().content_hash);
  EXPECT_NE(base.value().received_at, later.value().received_at);

  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"1200.00\"", "\"1200.01\""},
                                                        {"\"M-1\"", "\"M-2\""},
                                                        {"false", "true"},
                                                        {"\"UPDT\"", "\"CLSE\""},
                                                        {"\"alico-2009\"", "\"alico-2010\""},
                                                        {"2009-07-23T03", "2009-07-23T04"}}) {
    const auto other = decode_report(replaced(text, from, to));
    ASSERT_TRUE(other) << from;
    EXPECT_NE(base.value().content_hash, other.value().content_hash) << from;
  }
}

TEST(ReportHash, TheCanonicalTextHasSortedKeysAndNoReceivedAt) {
  const auto report = decode_report(example("report-full"));
  ASSERT_TRUE(report);
  const std::string text = canonical_report(report.value());
  EXPECT_EQ(text, canonical(text));
  EXPECT_EQ(text.find("received_at"), std::string::npos);
  EXPECT_EQ(content_hash(report.value()), report.value().content_hash);
}

TEST(ControlKey, NamesTheRecord) {
  const auto key = [](std::string_view name) {
    auto decoded = decode_control(example(name));
    return decoded ? control_key(decoded.value()) : decoded.error().detail;
  };
  EXPECT_EQ(key("control-incident"), "incident/alico-2009/1");
  EXPECT_EQ(key("control-issuer"), "issuer/jcb-a/1");
  EXPECT_EQ(key("control-scope-proposed"), "scope/alico-2009/3/proposed");
  EXPECT_EQ(key("control-scope-approved"), "scope/alico-2009/3/approved");
  EXPECT_EQ(key("control-file-load-loaded"),
            "file-load/alico-2009/extract-1/fk-8d1f0c2b7a6e5d4c/loaded");
}

TEST(WatchRemoval, KeepsWhatNamesTheCard) {
  const auto removal = decode_watch(example("watch-entry-removal"));
  ASSERT_TRUE(removal);
  EXPECT_EQ(removal.value().op, FeedOp::kDelt);
  EXPECT_FALSE(removal.value().entry.sealed_pan.empty());
  const auto bare = decode_watch(example("watch-entry-removal-bare"));
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare.value().entry.sealed_pan.empty());
  EXPECT_EQ(watch_key(bare.value().entry.issuer, bare.value().entry.card),
            "jcb-a/0f1e2d3c4b5a69788796a5b4c3d2e1f0");
}

}  // namespace
}  // namespace cw::codec::test
