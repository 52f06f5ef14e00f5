#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cw::codec {

/// Why one row (or JSON item) was refused. Names the place, never the value.
struct RowError {
  std::uint64_t line = 0;  ///< Line of the file, header = 1; for JSON the item's place, from 1.
  std::string column;      ///< Empty if it is about the whole row.
  Error error;
};

/// True for names of sensitive authentication data: CVV, CVC, CID, CSC, PIN, track, magnetic stripe
/// and the like, in any case and spelling.
[[nodiscard]] bool is_sensitive_column(std::string_view name);
/// True for the content of a magnetic stripe's track 1 or 2.
[[nodiscard]] bool is_track_data(std::string_view value);

}  // namespace cw::codec
