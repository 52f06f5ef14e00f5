#include "lib/codec/csv_reader.hpp"

#include "lib/base/sensitive.hpp"
#include "lib/codec/formats.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvRow::~CsvRow() {
  clear(0);
}

std::string_view CsvRow::operator[](std::size_t column) const noexcept {
  const std::size_t begin = column == 0 ? 0 : ends_[column - 1];
  return std::string_view(text_).substr(begin, ends_[column] - begin);
}

void CsvRow::clear(std::uint64_t line) noexcept {
  wipe(text_.data(), text_.size());
  text_.clear();
  ends_.clear();
  error_.reset();
  line_ = line;
}

CsvReader::~CsvReader() {
  wipe(buffer_.data(), buffer_.size());
}

void CsvReader::feed(std::string_view chunk) {
  // Built anew rather than grown in place: growing would leave unwiped copies behind.
  std::string next;
  next.reserve(buffer_.size() - start_ + chunk.size());
  next.append(buffer_, start_);
  next.append(chunk);
  wipe(buffer_.data(), buffer_.size());
  buffer_.swap(next);
  start_ = 0;
}

bool CsvReader::next(CsvRow& row) {
  if (!begun_) {
    const std::string_view head = std::string_view(buffer_).substr(0, kByteOrderMark.size());
    if (head.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(head) && !finished_) {
      return false;
    }
    if (head == kByteOrderMark) start_ = head.size();
    begun_ = true;
  }
  if (skipping_ && !resynchronise()) return false;
  if (!skip_blank_lines()) return false;
  row.clear(line_);
  at_ = start_;
  breaks_ = 0;
  row_ended_ = false;
  const Scan result = scan(row);
  if (result == Scan::kNeedMore) {
    row.clear(line_);
    return false;
  }
  if (result == Scan::kRefused) {
    skipping_ = !resynchronise();
    return true;
  }
  if (!is_utf8(row.text_)) {
    row.clear(line_);
    row.error_ = Error{Errc::kEncoding, "the row is not UTF-8"};
  }
  line_ += breaks_;
  start_ = at_;
  return true;
}

/// Moves to the first line that is not blank; false if it has to wait for more.
bool CsvReader::skip_blank_lines() {
  while (start_ < buffer_.size()) {
    const char c = buffer_[start_];
    if (c == '\n') {
      ++start_;
      ++line_;
      continue;
    }
    if (c != '\r') return true;
    if (start_ + 1 == buffer_.size()) {
      if (finished_) ++start_;
      return false;
    }
    if (buffer_[start_ + 1] != '\n') return true;
    ++start_;
  }
  return false;
}

CsvReader::Scan CsvReader::scan(CsvRow& row) {
  while (!row_ended_) {
    const Scan result = scan_field(row);
    if (result != Scan::kRow) return result;
    if (row.ends_.size() > limits_.columns_max) {
      return refuse(row,
                    Errc::kLimitReached,
                    "more than " + std::to_string(limits_.columns_max) + " columns");
    }
  }
  return Scan::kRow;
}

CsvReader::Scan CsvReader::scan_field(CsvRow& row) {
  if (at_ == buffer_.size()) {
    if (!finished_) return Scan::kNeedMore;
    row.ends_.push_back(row.text_.size());
    row_ended_ = true;
    return Scan::kRow;
  }
  return buffer_[at_] == '"' ? scan_quoted(row) : scan_plain(row);
}

CsvReader::Scan CsvReader::scan_plain(CsvRow& row) {
  const std::size_t begin = at_;
  const std::size_t end = buffer_.find_first_of(",\n\"", at_);
  const std::size_t stop = std::min(end, buffer_.size());
  if (stop - begin > limits_.field_bytes_max) {
    return refuse(row,
                  Errc::kFieldTooLong,
                  "a field has more than " + std::to_string(limits_.field_bytes_max) + " bytes");
  }
  if (end == std::string::npos && !finished_) return Scan::kNeedMore;
  if (end != std::string::npos && buffer_[end] == '"') {
    return refuse(row, Errc::kCsvSyntax, "a quote inside a field that does not begin with one");
  }
  const bool line_end = end == std::string::npos || buffer_[end] == '\n';
  const bool crlf = line_end && stop > begin && buffer_[stop - 1] == '\r';
  row.text_.append(buffer_, begin, stop - begin - (crlf ? 1 : 0));
  at_ = stop;
  return end_field(row);
}

CsvReader::Scan CsvReader::scan_quoted(CsvRow& row) {
  const std::size_t begin = row.text_.size();
  std::size_t from = at_ + 1;
  while (true) {
    const std::size_t quote = buffer_.find('"', from);
    const std::size_t stop = std::min(quote, buffer_.size());
    if (row.text_.size() - begin + (stop - from) > limits_.field_bytes_max) {
      return refuse(row,
                    Errc::kCsvSyntax,
                    "a quoted field has more than " + std::to_string(limits_.field_bytes_max) +
                        " bytes; is its quote closed?");
    }
    if (quote == std::string::npos) {
      if (!finished_) return Scan::kNeedMore;
      return refuse(row, Errc::kCsvSyntax, "a quote is not closed");
    }
    row.text_.append(buffer_, from, quote - from);
    if (quote + 1 == buffer_.size() && !finished_) return Scan::kNeedMore;
    if (quote + 1 < buffer_.size() && buffer_[quote + 1] == '"') {
      row.text_ += '"';
      from = quote + 2;
      continue;
    }
    breaks_ += static_cast<std::uint64_t>(
        std::count(row.text_.begin() + static_cast<std::ptrdiff_t>(begin), row.text_.end(), '\n'));
    at_ = quote + 1;
    return end_field(row);
  }
}

/// At the comma or line break behind a field.
CsvReader::Scan CsvReader::end_field(CsvRow& row) {
  row.ends_.push_back(row.text_.size());
  if (row.text_.size() > limits_.row_bytes_max) {
    return refuse(row,
                  Errc::kLimitReached,
                  "the row has more than " + std::to_string(limits_.row_bytes_max) + " bytes");
  }
  if (at_ == buffer_.size()) {
    if (!finished_) return Scan::kNeedMore;
    row_ended_ = true;
    return Scan::kRow;
  }
  if (buffer_[at_] == '\r') {
    if (at_ + 1 == buffer_.size() && !finished_) return Scan::kNeedMore;
    if (at_ + 1 < buffer_.size() && buffer_[at_ + 1] == '\n') ++at_;
  }
  if (buffer_[at_] == '\n') {
    ++at_;
    ++breaks_;
    row_ended_ = true;
    return Scan::kRow;
  }
  if (buffer_[at_] != ',') {
    return refuse(row, Errc::kCsvSyntax, "text between a closing quote and the next comma");
  }
  ++at_;
  return Scan::kRow;
}

CsvReader::Scan CsvReader::refuse(CsvRow& row, Errc code, std::string detail) {
  row.clear(line_);
  row.error_ = Error{code, std::move(detail)};
  return Scan::kRefused;
}

/// Moves behind the first line break after start_; false if it is not there yet.
bool CsvReader::resynchronise() {
  const std::size_t line_break = buffer_.find('\n', start_);
  if (line_break == std::string::npos) {
    start_ = buffer_.size();
    skipping_ = true;
    return false;
  }
  start_ = line_break + 1;
  ++line_;
  skipping_ = false;
  return true;
}

}  // namespace cw::codec
