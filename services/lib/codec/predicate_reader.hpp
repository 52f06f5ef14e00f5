#pragma once

#include "lib/codec/object_reader.hpp"
#include "lib/domain/predicate.hpp"

/// Private to lib/codec: predicates inside other documents.
namespace cw::codec {

/// Reads a predicate at `path`; a failure is kPredicateInvalid, and the result then selects
/// nothing.
[[nodiscard]] Predicate read_predicate(const Node& node, const Path& path, Failure& failure);

}  // namespace cw::codec
