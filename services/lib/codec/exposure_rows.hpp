#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/csv_reader.hpp"
#include "lib/codec/row.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/predicate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cw::codec {

/// A good row of an exposed file.
struct ExposureRow {
  std::uint64_t line = 0;    ///< Of the file; the header is line 1.
  std::uint64_t record = 0;  ///< Number of the data row, from 1, refused ones counted.
  Pan pan;
  Expiry expiry;
  Attributes attributes;  ///< Empty fields are missing attributes and left out.
  std::optional<std::string> member;
};

using ExposureItem = std::variant<ExposureRow, RowError>;

/// Reads the CSV of an exposed file: columns `pan` and `expiry`, optionally `member`, and any of
/// the attributes that the incident declares. A bad row is given as a RowError and the next one
/// follows; only a bad header refuses the file. THREAD: not safe.
class ExposureRows {
 public:
  explicit ExposureRows(std::vector<std::string> attributes, CsvReader::Limits limits = {});

  void feed(std::string_view chunk) { reader_.feed(chunk); }
  void finish() noexcept { reader_.finish(); }

  /// The next item, or nothing: feed more (after finish: the end). Fails, now and for ever, if the
  /// file is refused as a whole: kMissingColumn (also for an empty file), kUnknownColumn (with the
  /// nearest known name), kDuplicateColumn, kSensitiveData, kCsvSyntax, kEncoding.
  [[nodiscard]] Result<std::optional<ExposureItem>> next();

 private:
  struct Column {
    enum class Role : std::uint8_t { kPan, kExpiry, kMember, kAttribute } role;
    std::string name;
  };

  [[nodiscard]] Status read_header();
  [[nodiscard]] ExposureItem read_row() const;

  std::vector<std::string> declared_;
  std::vector<Column> columns_;
  CsvReader reader_;
  CsvRow row_;
  std::uint64_t record_ = 0;
  std::optional<Error> refused_;
};

}  // namespace cw::codec
