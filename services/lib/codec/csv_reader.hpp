#pragma once

#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::codec {

/// One row of a CSV file. Its memory is wiped when it is filled again or destroyed, since a field
/// may be a card number; views of fields are valid until then.
class CsvRow {
 public:
  CsvRow() = default;
  ~CsvRow();
  CsvRow(const CsvRow&) = delete;
  CsvRow& operator=(const CsvRow&) = delete;

  /// Line of the file where the row starts, from 1.
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t column) const noexcept;
  /// Set if the row is malformed; it then has no fields.
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  friend class CsvReader;
  void clear(std::uint64_t line) noexcept;

  std::uint64_t line_ = 0;
  std::string text_;               ///< All fields, one after another, unquoted.
  std::vector<std::size_t> ends_;  ///< Where each ends in text_.
  std::optional<Error> error_;
};

/// RFC 4180, streamed: quoted fields, "" inside, LF and CRLF, a byte order mark at the start, blank
/// lines skipped, UTF-8 checked. A malformed row (kCsvSyntax, kEncoding, kFieldTooLong,
/// kLimitReached) is given with its error, and reading goes on at the line after the one where it
/// started: an unclosed quote costs one row, never the rest of the file, and never more memory than
/// one chunk and one row. THREAD: not safe.
class CsvReader {
 public:
  struct Limits {
    std::size_t field_bytes_max = 1024;
    std::size_t row_bytes_max = 32 * 1024;
    std::size_t columns_max = 256;
  };

  CsvReader() = default;
  explicit CsvReader(Limits limits) : limits_(limits) {}
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  /// Further bytes of the file. Take all rows with next() before feeding again.
  void feed(std::string_view chunk);
  /// The file is at its end: a last line without a line break counts.
  void finish() noexcept { finished_ = true; }
  /// Fills `row` and returns true, or returns false: feed more (or, after finish, the end).
  [[nodiscard]] bool next(CsvRow& row);
  /// Bytes that wait for the rest of their row.
  [[nodiscard]] std::size_t buffered_bytes() const noexcept { return buffer_.size() - start_; }
  /// finish() was called and next() has given all there was.
  [[nodiscard]] bool at_end() const noexcept { return finished_ && start_ == buffer_.size(); }

 private:
  enum class Scan : std::uint8_t { kRow, kNeedMore, kRefused };

  [[nodiscard]] bool skip_blank_lines();
  [[nodiscard]] Scan scan(CsvRow& row);
  [[nodiscard]] Scan scan_field(CsvRow& row);
  [[nodiscard]] Scan scan_quoted(CsvRow& row);
  [[nodiscard]] Scan scan_plain(CsvRow& row);
  [[nodiscard]] Scan end_field(CsvRow& row);
  Scan refuse(CsvRow& row, Errc code, std::string detail);
  [[nodiscard]] bool resynchronise();

  Limits limits_;
  std::string buffer_;
  std::size_t start_ = 0;     ///< Of the row in buffer_.
  std::size_t at_ = 0;        ///< Where the scan stands.
  std::uint64_t line_ = 1;    ///< Of start_.
  std::uint64_t breaks_ = 0;  ///< Line breaks between start_ and at_.
  bool begun_ = false;        ///< The byte order mark was looked for.
  bool finished_ = false;
  bool row_ended_ = false;
  bool skipping_ = false;  ///< After a refused row: up to the next line break.
};

}  // namespace cw::codec
