#include "lib/codec/row.hpp"

#include "lib/codec/object_reader.hpp"
#include "lib/codec/row_parts.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace cw::codec {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || (c & 0x80) != 0;
}

std::size_t digits_from(std::string_view text, std::size_t at) {
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
  return static_cast<std::size_t>(std::find_if_not(begin, text.end(), is_digit) - begin);
}

bool is_pan_length(std::size_t digits) {
  return digits >= 12 && digits <= 19;
}

/// The digits of `text` alone.
std::string digits_of(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_digit);
  return digits;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0U : 1U);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view name, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t best_distance = name.size() / 3 + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance > best_distance || (distance == best_distance && !best.empty())) continue;
    best = candidate;
    best_distance = distance;
  }
  return std::string(best);
}

Error in_header(Errc code, std::size_t index, std::string detail) {
  return Error{code, "column " + std::to_string(index + 1) + " of the header: " + detail};
}

Status check_name(std::string_view name, std::size_t index, const HeaderRules& rules) {
  if (is_sensitive_column(name)) {
    return in_header(
        Errc::kSensitiveData, index, printable_name(name) + " names sensitive authentication data");
  }
  if (std::find(rules.known.begin(), rules.known.end(), name) != rules.known.end()) return Ok{};
  if (printable_name(name) == kNameNotShown) {
    return in_header(Errc::kUnknownColumn, index, "not a column name; is the header line missing?");
  }
  const std::string guess = name.size() > 64 ? "" : nearest(name, rules.known);
  return in_header(Errc::kUnknownColumn,
                   index,
                   printable_name(name) + " is unknown" +
                       (guess.empty() ? "" : "; did you mean \"" + guess + "\"?"));
}

}  // namespace

bool is_sensitive_column(std::string_view name) {
  static constexpr std::array<std::string_view, 17> kAnywhere{"cvv",
                                                              "cvc",
                                                              "cvn",
                                                              "cav2",
                                                              "securitycode",
                                                              "cardverification",
                                                              "trackdata",
                                                              "magstripe",
                                                              "magnetic",
                                                              "pinblock",
                                                              "verificationvalue",
                                                              "verificationcode",
                                                              "track1",
                                                              "track2",
                                                              "track3",
                                                              "pinnumber",
                                                              "セキュリティコード"};
  static constexpr std::array<std::string_view, 9> kWhole{
      "pin", "cid", "csc", "cvd", "pvv", "pvki", "track", "icvv", "暗証番号"};
  std::string squeezed;
  std::string word;
  bool found = false;
  const auto end_word = [&] {
    found = found || std::find(kWhole.begin(), kWhole.end(), word) != kWhole.end();
    word.clear();
  };
  for (const char raw : name) {
    const char c = lower(raw);
    if (is_word(c)) {
      squeezed += c;
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  return found || std::any_of(kAnywhere.begin(), kAnywhere.end(), [&](std::string_view part) {
           return squeezed.find(part) != std::string::npos;
         });
}

bool is_track_data(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool first_of_run = is_digit(value[i]) && (i == 0 || !is_digit(value[i - 1]));
    if (!first_of_run) continue;
    const std::size_t digits = digits_from(value, i);
    if (!is_pan_length(digits) || i + digits >= value.size()) continue;
    const char separator = value[i + digits];
    const bool begun = i > 0 && (value[i - 1] == 'B' || value[i - 1] == ';');
    if (separator == '^' && begun) return true;
    if (separator == '=' && begun) return true;
    const bool track2 =
        (separator == '=' || separator == 'D') && digits_from(value, i + digits + 1) >= 4;
    // Luhn keeps long hexadecimal ids from looking like the binary form of track 2.
    if (track2 && Pan::parse(value.substr(i, digits)).has_value()) return true;
  }
  return false;
}

Status check_header(const CsvRow& row, const HeaderRules& rules) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (Status status = check_name(trimmed(row[i]), i, rules); !status) return status;
    for (std::size_t before = 0; before < i; ++before) {
      if (trimmed(row[before]) != trimmed(row[i])) continue;
      return in_header(
          Errc::kDuplicateColumn, i, printable_name(trimmed(row[i])) + " stands there twice");
    }
  }
  for (const std::string_view required : rules.required) {
    bool found = false;
    for (std::size_t i = 0; i < row.size(); ++i) found = found || trimmed(row[i]) == required;
    if (!found) {
      return Error{Errc::kMissingColumn,
                   "the header has no column \"" + std::string(required) + "\""};
    }
  }
  return Ok{};
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool holds_pan(std::string_view value, const Pan& pan) {
  return value.size() >= pan.reveal().size() &&
         digits_of(value).find(pan.reveal()) != std::string::npos;
}

RowError row_error(std::uint64_t line, std::string_view column, Errc code, std::string detail) {
  return {line, std::string(column), Error{code, std::move(detail)}};
}

std::optional<RowError> check_text(std::uint64_t line,
                                   std::string_view column,
                                   std::string_view value) {
  if (is_track_data(value)) {
    return row_error(line, column, Errc::kSensitiveData, "the field holds track data");
  }
  if (!is_printable(value)) {
    return row_error(line, column, Errc::kEncoding, "the field holds a control character");
  }
  return {};
}

std::optional<RowError> check_shape(const CsvRow& row, std::size_t columns) {
  if (row.error()) return RowError{row.line(), "", *row.error()};
  if (row.size() == columns) return {};
  return row_error(
      row.line(),
      "",
      Errc::kFieldCount,
      std::to_string(row.size()) + " fields, the header has " + std::to_string(columns));
}

}  // namespace cw::codec
