#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/fact.hpp"

#include <string>
#include <string_view>

namespace cw::codec {

/// A message of matches.v1 (schemas/match-fact): a fact that is new or changed, or one that no
/// longer exists.
struct FactMessage {
  Fact fact;
  bool retracted = false;

  friend bool operator==(const FactMessage&, const FactMessage&) = default;
};

/// Fails like decode_exposure.
[[nodiscard]] Result<FactMessage> decode_fact(std::string_view json);

[[nodiscard]] std::string encode(const FactMessage& message);
void encode_to(std::string& out, const FactMessage& message);

}  // namespace cw::codec
