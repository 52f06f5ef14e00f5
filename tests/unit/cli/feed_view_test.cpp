#include "cli/feed_view.hpp"

#include "lib/codec/json_value.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cw::cli {
namespace {

codec::JsonDocument parsed(const std::string& json) {
  return codec::JsonDocument::parse(json).value();
}

const std::string kPaused =
    R"({"issuer":"jcb-a","state":"paused","set_by":"us","by":"ops-a","reason":"a move",
        "phase":"paused","circuit":"closed","entries":6610,"pending":1200,"epoch":1,"through":41,
        "accepted_through":41,"applied_through":40,"digest":null,"issuer_digest":"0123456789abcdef",
        "digest_equal":false,"failures":0,"next_attempt_at":null,"last_error":null,
        "oldest_undelivered_seconds":90,"coalesced":3,"rewinds":1,"set_aside":2,"rejected":0})";

TEST(FeedView, ALineAnIssuerTellsWhatNeedsALook) {
  const auto document = parsed("[" + kPaused + "]");
  const auto text = feeds_table(document.root()).aligned();
  for (const char* part : {"jcb-a", "paused", "closed", "6,610", "1,200", "DIFFERENT", "90"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(FeedView, OneFeedIsShownWithWhoSetItsState) {
  const auto document = parsed(kPaused);
  const auto text = feed_table(document.root()).aligned();
  EXPECT_NE(text.find("paused by ops-a (a move)"), std::string::npos) << text;
  EXPECT_NE(text.find("0123456789ab"), std::string::npos) << text;
  EXPECT_EQ(text.find("0123456789abc"), std::string::npos) << "cut for people";
}

TEST(FeedView, AnOrderTellsTheStateAndTheWayBack) {
  const auto paused = parsed(kPaused);
  EXPECT_EQ(order_sentence(paused.root(), false),
            "jcb-a is paused by ops-a (a move); 1,200 entries wait; resume with `cardwatch feed "
            "resume --issuer jcb-a`");
  const auto enabled = parsed(R"({"issuer":"jcb-a","state":"enabled","pending":1})");
  EXPECT_EQ(order_sentence(enabled.root(), false), "jcb-a is enabled; 1 entry waits");
  EXPECT_NE(order_sentence(enabled.root(), true).find("under way"), std::string::npos);
  const auto gone =
      parsed(R"({"issuer":"x","state":"disabled","set_by":"answer_410","pending":0})");
  EXPECT_NE(order_sentence(gone.root(), false).find("by the issuer's answer 410"),
            std::string::npos);
}

TEST(FeedView, AReconciliationTellsWhatDifferedAndWhetherItIsMended) {
  const auto equal = parsed(R"({"through":7,"equal_before":true,"differing":[],"repair_batches":0,
      "repaired_entries":0,"bytes":0,"equal_after":true})");
  EXPECT_EQ(reconcile_sentence("a", equal.root()), "a: both sides are equal (through 7)");
  const auto mended = parsed(R"({"through":7,"equal_before":false,"differing":["0a","ff"],
      "repair_batches":2,"repaired_entries":31,"bytes":9000,"equal_after":true})");
  EXPECT_EQ(reconcile_sentence("a", mended.root()),
            "a: 2 buckets of 256 differed (through 7); sent again: 31 entries, 9,000 bytes; now "
            "both sides are equal");
  const auto broken = parsed(R"({"through":7,"equal_before":false,"differing":["0a"],
      "repaired_entries":1,"bytes":1,"equal_after":false})");
  EXPECT_NE(reconcile_sentence("a", broken.root()).find("STILL DIFFERENT"), std::string::npos);
}

TEST(FeedView, SetAsideEntriesAreListedBySeqAndNeverByNumber) {
  const auto document = parsed(R"({"issuer":"jcb-a","count":1,"entries":[
      {"seq":17,"code":"REMOTE_REFUSED","op":"ADDD"}]})");
  const auto text = set_aside_table(document.root()).aligned();
  EXPECT_NE(text.find("17"), std::string::npos);
  EXPECT_NE(text.find("REMOTE_REFUSED"), std::string::npos);
}

TEST(FeedView, ARetryTellsWhatWasTaken) {
  const auto some = parsed(R"({"issuer":"a","offered":3,"taken":2,"refused":1,"unsendable":0})");
  EXPECT_EQ(retry_sentence(some.root(), false), "a: 3 entries offered again, 2 taken, 1 refused");
  const auto none = parsed(R"({"issuer":"a","offered":0,"taken":0,"refused":0,"unsendable":0})");
  EXPECT_EQ(retry_sentence(none.root(), false), "a: nothing is set aside");
  EXPECT_NE(retry_sentence(none.root(), true).find("still being offered"), std::string::npos);
}

}  // namespace
}  // namespace cw::cli
