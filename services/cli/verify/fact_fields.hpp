#pragma once

#include "lib/crypto/sha256.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/watch.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::cli {

/// A field of a fact or of a watch entry as text.
struct FieldText {
  enum class Show : std::uint8_t { kYes, kNameOnly };

  std::string_view name;
  std::string text;
  Show show = Show::kYes;
};
using FieldTexts = std::vector<FieldText>;

/// Always the same fields in the same order, those that are absent as empty texts.
[[nodiscard]] FieldTexts fields_of(const Fact& fact);
[[nodiscard]] FieldTexts fields_of(const WatchEntry& entry);

/// What makes two facts or entries equal on whatever machine: SHA-256 over names and texts.
[[nodiscard]] crypto::Sha256Digest hash_of(const FieldTexts& fields);

/// One field that differs. Texts that are not for people's eyes (the member reference, the sealed
/// card number) are left out.
struct FieldDifference {
  std::string_view name;
  std::string expected = {};
  std::string emitted = {};
};

/// Both of the same kind.
[[nodiscard]] std::vector<FieldDifference> differing(const FieldTexts& expected,
                                                     const FieldTexts& emitted);

}  // namespace cw::cli
