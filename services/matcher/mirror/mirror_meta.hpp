#pragma once

#include "lib/base/time.hpp"
#include "matcher/state/state_image.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::matcher {

/// The record that says what a mirror holds, written in the same batch as what it describes.
struct MirrorMeta {
  std::uint32_t format = 0;
  std::uint32_t rules = 0;
  std::int32_t partitions = 0;
  std::string origin = {};
  Instant saved_at = {};
  bool unfinished = false;  ///< A save of several batches began and did not end.
  StatePositions positions = {};
};

[[nodiscard]] std::string encode(const MirrorMeta& meta);
/// None if the bytes are not of this layout.
[[nodiscard]] std::optional<MirrorMeta> decode_meta(std::string_view bytes);

}  // namespace cw::matcher
