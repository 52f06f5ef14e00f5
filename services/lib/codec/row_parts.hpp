#pragma once

#include "lib/codec/csv_reader.hpp"
#include "lib/codec/formats.hpp"
#include "lib/codec/row.hpp"
#include "lib/domain/card.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Private to lib/codec: what rows of exposed files and of reports have in common.
namespace cw::codec {

struct HeaderRules {
  std::vector<std::string_view> known;
  std::vector<std::string_view> required;
};

/// Refuses sensitive, unknown (with the nearest known), repeated and missing columns.
[[nodiscard]] Status check_header(const CsvRow& row, const HeaderRules& rules);

/// Without blanks at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// True if the card's number stands in `value`, spaced or not.
[[nodiscard]] bool holds_pan(std::string_view value, const Pan& pan);

[[nodiscard]] RowError row_error(std::uint64_t line,
                                 std::string_view column,
                                 Errc code,
                                 std::string detail);

/// Track data and control characters.
[[nodiscard]] std::optional<RowError> check_text(std::uint64_t line,
                                                 std::string_view column,
                                                 std::string_view value);

/// A malformed row, or one with another number of fields than the header.
[[nodiscard]] std::optional<RowError> check_shape(const CsvRow& row, std::size_t columns);

}  // namespace cw::codec
