#pragma once

#include "issuer/journal_record.hpp"
#include "issuer/journal_scan.hpp"
#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cw::issuer {

/// What an issuer has accepted, in a file of its own: each record with its length and a checksum,
/// on disk (fdatasync) before append() returns. A record that a crash left half written was never
/// acknowledged; it is cut off when the file is opened again. One process at a time has the file.
/// THREAD: not safe.
class Journal {
 public:
  static constexpr std::size_t kIdBytesMax = JournalRecord::kIdBytesMax;
  static constexpr std::size_t kBodyBytesMax = JournalRecord::kBodyBytesMax;

  struct Options {
    std::string path;
    std::uint64_t bytes_max = 0;
    bool sync = true;  ///< False: what is appended is on disk only after sync().
  };
  /// Called for each record, oldest first; its error ends open().
  using Replay = std::function<Status(const JournalRecord&)>;

  /// Makes the file if it is missing. Fails with kFileRead (unreadable, not a journal, or a damaged
  /// record with others behind it: nothing is cut then), kFileWrite, kUnavailable (another process
  /// has it), or with what `replay` said.
  [[nodiscard]] static Result<Journal> open(Options options, const Replay& replay);

  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  /// Fails with kLimitReached (the file would pass bytes_max, id or body are too long), kBadRequest
  /// (an id with a line break) or kFileWrite; the file is then as before, or else every later
  /// append fails too.
  [[nodiscard]] Status append(const JournalRecord& record);

  /// Fails with kFileWrite; then nothing can be appended any more.
  [[nodiscard]] Status sync();

  /// `shorter` says in fewer bytes what the first `part` of this journal says. What stands behind
  /// that part is added to it, it is brought to disk and takes the place of this file in one step
  /// (rename): at any crash there is the one or the other, and both say the same. Its name is given
  /// up. Fails with kFileWrite or kFileRead; this journal is as before then, but for the last step
  /// (the folder's fsync), after which nothing can be appended any more.
  [[nodiscard]] Status replace_by(Journal shorter, const JournalPart& part);

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  /// Bytes of a half written record that open() cut off.
  [[nodiscard]] std::uint64_t cut_bytes() const noexcept { return cut_bytes_; }
  /// False after a write that could not be undone.
  [[nodiscard]] bool usable() const noexcept { return usable_; }

 private:
  Journal(Options options, int file) : options_(std::move(options)), file_(file) {}

  [[nodiscard]] Status read(const Replay& replay);
  [[nodiscard]] Status cut_tail(std::uint64_t size);
  [[nodiscard]] Status write(std::string_view bytes);
  [[nodiscard]] Status write_at_end(std::string_view bytes);
  [[nodiscard]] Status copy(const Journal& from, std::uint64_t begin);
  [[nodiscard]] bool is_the_file_there() const;
  [[nodiscard]] Error failure(Errc code, std::string_view what) const;

  Options options_;
  int file_ = -1;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t cut_bytes_ = 0;
  bool usable_ = true;
};

}  // namespace cw::issuer
