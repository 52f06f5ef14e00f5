#pragma once

#include "issuer/journal_record.hpp"
#include "lib/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace cw::issuer {

/// What every journal file begins with.
inline constexpr std::string_view kJournalMagic = "CWFEEDJ1";

/// The first records of a journal file.
struct JournalPart {
  std::uint64_t end = kJournalMagic.size();  ///< Bytes of the file, up to the end of the last one.
  std::uint64_t records = 0;
};

/// Told each record, oldest first; false: stop before this one. An error ends the scan.
using JournalVisit = std::function<Result<bool>(const JournalRecord&)>;

/// Reads the records of a file that begins with kJournalMagic and is looked at up to `size` bytes.
/// What a crash left half written at the end is not part of the result. Fails with kFileRead
/// (unreadable, or damage that has a record behind it), or with what `visit` said. THREAD: safe
/// while another thread appends behind `size`.
[[nodiscard]] Result<JournalPart> scan_journal(int file,
                                               std::uint64_t size,
                                               const JournalVisit& visit);

/// False at the end of the file or on an error.
[[nodiscard]] bool read_at(int file, std::uint64_t offset, char* out, std::size_t size);

}  // namespace cw::issuer
