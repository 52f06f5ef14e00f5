#pragma once

#include <cstddef>

namespace cw::codec {

/// Bounds that hold for every document before anything is built from it.
inline constexpr std::size_t kMessageBytesMax = 1024 * 1024;
inline constexpr std::size_t kNestingMax = 64;
/// Free text of a field (notes, sources, names, member references, attribute values).
inline constexpr std::size_t kTextBytesMax = 1024;

}  // namespace cw::codec
