#include "lib/domain/predicate.hpp"

#include <gtest/gtest.h>

namespace cw {
namespace {

const Attributes kRecord = {{"apply_month", "2004-07"}, {"channel", "internet"}, {"empty", ""}};

bool selects(Predicate::Node node) {
  return Predicate{std::move(node)}.selects("extract-1", kRecord);
}

Predicate equals(std::string attribute, std::string value) {
  return Predicate{Predicate::Equals{std::move(attribute), std::move(value)}};
}

TEST(Predicate, EqualsComparesText) {
  EXPECT_TRUE(selects(Predicate::Equals{"channel", "internet"}));
  EXPECT_FALSE(selects(Predicate::Equals{"channel", "Internet"}));
  EXPECT_FALSE(selects(Predicate::Equals{"product", ""})) << "missing is not empty";
  EXPECT_TRUE(selects(Predicate::Equals{"empty", ""}));
}

TEST(Predicate, InFindsOneOfSeveral) {
  EXPECT_TRUE(selects(Predicate::In{"channel", {"internet", "phone"}}));
  EXPECT_FALSE(selects(Predicate::In{"channel", {"agent", "phone"}}));
  EXPECT_FALSE(selects(Predicate::In{"channel", {}}));
  EXPECT_FALSE(selects(Predicate::In{"product", {"", "a"}}));
}

TEST(Predicate, BetweenIncludesBothEndsBytewise) {
  EXPECT_TRUE(selects(Predicate::Between{"apply_month", "2004-07", "2005-12"}));
  EXPECT_TRUE(selects(Predicate::Between{"apply_month", "2003-01", "2004-07"}));
  EXPECT_FALSE(selects(Predicate::Between{"apply_month", "2004-08", "2005-12"}));
  EXPECT_FALSE(selects(Predicate::Between{"apply_month", "2005-12", "2003-01"}));
  EXPECT_FALSE(selects(Predicate::Between{"product", "", "z"}));
}

TEST(Predicate, PrefixComparesTheStart) {
  EXPECT_TRUE(selects(Predicate::Prefix{"apply_month", "2004"}));
  EXPECT_TRUE(selects(Predicate::Prefix{"channel", ""}));
  EXPECT_FALSE(selects(Predicate::Prefix{"channel", "internet2"}));
  EXPECT_FALSE(selects(Predicate::Prefix{"product", ""}));
}

TEST(Predicate, AMissingAttributeSatisfiesOnlyMissing) {
  EXPECT_TRUE(selects(Predicate::Missing{"product"}));
  EXPECT_FALSE(selects(Predicate::Missing{"channel"}));
  EXPECT_FALSE(selects(Predicate::Missing{"empty"}));
  EXPECT_TRUE(selects(Predicate::Not{{equals("product", "a")}}));
}

TEST(Predicate, FileIsTheExposedFilesName) {
  EXPECT_TRUE(selects(Predicate::Equals{"file", "extract-1"}));
  EXPECT_FALSE(selects(Predicate::Equals{"file", "extract-2"}));
  EXPECT_FALSE(selects(Predicate::Missing{"file"}));
}

TEST(Predicate, AllAnyAndNotCombine) {
  const auto yes = equals("channel", "internet");
  const auto no = equals("channel", "phone");
  EXPECT_TRUE(selects(Predicate::All{{yes, yes}}));
  EXPECT_FALSE(selects(Predicate::All{{yes, no}}));
  EXPECT_TRUE(selects(Predicate::Any{{no, yes}}));
  EXPECT_FALSE(selects(Predicate::Any{{no, no}}));
  EXPECT_TRUE(selects(Predicate::Not{{no}}));
  EXPECT_FALSE(selects(Predicate::Not{{yes}}));
  const Predicate nested{Predicate::All{{yes, Predicate{Predicate::Not{{no}}}}}};
  EXPECT_TRUE(selects(Predicate::Any{{no, nested}}));
}

TEST(Predicate, OfNoPartsAllSelectsEverythingAndAnyNothing) {
  EXPECT_TRUE(selects(Predicate::All{}));
  EXPECT_FALSE(selects(Predicate::Any{}));
}

TEST(Attributes, AreFoundByName) {
  ASSERT_NE(find_attribute(kRecord, "channel"), nullptr);
  EXPECT_EQ(*find_attribute(kRecord, "channel"), "internet");
  EXPECT_EQ(find_attribute(kRecord, "chan"), nullptr);
  EXPECT_EQ(find_attribute({}, "channel"), nullptr);
}

}  // namespace
}  // namespace cw
