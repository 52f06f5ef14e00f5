#include "issuer/journal_scan.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <unistd.h>

namespace cw::issuer {
namespace {

bool only_zeros(int file, std::uint64_t offset, std::uint64_t size) {
  constexpr std::size_t kPiece = 64UL * 1024;
  std::string piece;
  while (offset < size) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size - offset)));
    if (!read_at(file, offset, piece.data(), piece.size())) return false;
    if (piece.find_first_not_of('\0') != std::string::npos) return false;
    offset += piece.size();
  }
  return true;
}

Error unreadable() {
  return {Errc::kFileRead, "cannot be read"};
}

Error damaged(const std::string& place) {
  return {Errc::kFileRead, place + " is damaged; restore the file from a backup"};
}

}  // namespace

bool read_at(int file, std::uint64_t offset, char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const auto n = ::pread(file, out + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

Result<JournalPart> scan_journal(int file, std::uint64_t size, const JournalVisit& visit) {
  JournalPart part;
  std::string header(kRecordHeaderBytes, '\0');
  std::string payload;
  while (part.end + header.size() <= size) {
    if (!read_at(file, part.end, header.data(), header.size())) return unreadable();
    const std::string place = "the record at byte " + std::to_string(part.end);
    const auto length = record_length(header);
    if (!length && !only_zeros(file, part.end, size)) return damaged(place);
    const std::uint64_t end = part.end + header.size() + length.value_or(0);
    if (!length || end > size) return part;  // Half written.
    payload.resize(*length);
    if (!read_at(file, part.end + header.size(), payload.data(), payload.size())) {
      return unreadable();
    }
    const auto record = decode_record(header, payload);
    if (!record && end == size) return part;
    if (!record) return damaged(place);
    const auto visited = visit(*record);
    if (!visited) return Error{visited.error().code, place + ": " + visited.error().detail};
    if (!visited.value()) return part;
    part.end = end;
    ++part.records;
  }
  return part;
}

}  // namespace cw::issuer
