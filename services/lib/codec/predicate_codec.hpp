#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/predicate.hpp"

#include <string>
#include <string_view>

namespace cw::codec {

/// A scope predicate: {"all":[..]} {"any":[..]} {"not":p} {"attribute":a,"equals":v} and in,
/// between, prefix, missing. Strict: unknown or surplus members are refused. Fails with
/// kPredicateInvalid, naming the JSON pointer, also beyond Predicate::kDepthMax or kNodesMax
/// (a value of `in` counts as a node); with kJsonSyntax or kBodyTooLarge like the others.
[[nodiscard]] Result<Predicate> decode_predicate(std::string_view json);

/// Equal predicates that were written alike have equal text; `in` values stand sorted.
[[nodiscard]] std::string encode(const Predicate& predicate);
void encode_to(std::string& out, const Predicate& predicate);

}  // namespace cw::codec
