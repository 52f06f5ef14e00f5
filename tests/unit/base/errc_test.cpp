#include "lib/base/errc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace cw {
namespace {

/// Enumerators count up from 1 without gaps; the first number without a name ends them.
std::set<std::string_view> all_names() {
  std::set<std::string_view> names;
  for (int i = 1;; ++i) {
    const auto text = name(static_cast<Errc>(i));
    if (text == "UNKNOWN") return names;
    EXPECT_TRUE(names.insert(text).second) << text << " is used twice";
  }
}

TEST(Errc, NamesAreUniqueUpperSnake) {
  const auto names = all_names();
  EXPECT_GE(names.size(), static_cast<std::size_t>(Errc::kCertificateExpired));
  for (const auto text : names) {
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || c == '_';
    })) << text;
  }
}

TEST(Errc, PublishedNamesStay) {
  EXPECT_EQ(name(Errc::kInternal), "INTERNAL");
  EXPECT_EQ(name(Errc::kPanLuhn), "PAN_LUHN");
  EXPECT_EQ(name(Errc::kIncidentExists), "INCIDENT_EXISTS");
  EXPECT_EQ(name(Errc::kSamePrincipal), "SAME_PRINCIPAL");
}

TEST(Errc, RemediesAreSentences) {
  for (int i = 1; name(static_cast<Errc>(i)) != "UNKNOWN"; ++i) {
    const auto text = remedy(static_cast<Errc>(i));
    if (!text.empty()) {
      EXPECT_EQ(text.back(), '.') << text;
    }
  }
}

TEST(Errc, WhatPeopleCauseWithTheirInputHasARemedy) {
  for (int i = static_cast<int>(Errc::kJsonSyntax); i <= static_cast<int>(Errc::kImportForbidden);
       ++i) {
    const auto code = static_cast<Errc>(i);
    if (code == Errc::kKeyMismatch) continue;  // A record on a topic, not a person's input.
    EXPECT_FALSE(remedy(code).empty()) << name(code);
  }
}

}  // namespace
}  // namespace cw
