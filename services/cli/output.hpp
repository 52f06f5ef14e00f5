#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::cli {

enum class OutputFormat : std::uint8_t { kTable, kJson, kCsv };

enum class Align : std::uint8_t { kLeft, kRight };

struct Column {
  std::string name;
  Align align = Align::kLeft;
};

/// Rows for people (aligned columns) or for programs (CSV with the column names as header).
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// `cells` has one text a column.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

  /// Lines end in '\n'; nothing is cut off.
  [[nodiscard]] std::string aligned() const;
  /// RFC 4180, with '\n' as line end.
  [[nodiscard]] std::string csv() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// 6610 -> "6,610".
[[nodiscard]] std::string grouped(std::int64_t number);

/// Width on a terminal, counting a UTF-8 sequence as one.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

}  // namespace cw::cli
