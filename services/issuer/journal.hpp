#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cw::issuer {

/// One push as it came, still encrypted.
struct JournalRecord {
  std::string_view id;  ///< webhook-id.
  Instant received_at;
  std::string_view body;  ///< JWE compact, verbatim.
};

/// What an issuer has accepted, in a file of its own: each record with its length and a checksum,
/// on disk (fdatasync) before append() returns. A record that a crash left half written was never
/// acknowledged; it is cut off when the file is opened again. One process at a time has the file.
/// THREAD: not safe.
class Journal {
 public:
  static constexpr std::size_t kIdBytesMax = 256;
  static constexpr std::size_t kBodyBytesMax = std::size_t{32} << 20U;

  struct Options {
    std::string path;
    std::uint64_t bytes_max = 0;
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

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  /// Bytes of a half written record that open() cut off.
  [[nodiscard]] std::uint64_t cut_bytes() const noexcept { return cut_bytes_; }
  /// False after a write that could not be undone.
  [[nodiscard]] bool usable() const noexcept { return usable_; }

 private:
  Journal(Options options, int file) : options_(std::move(options)), file_(file) {}

  [[nodiscard]] Status read(const Replay& replay);
  [[nodiscard]] Status read_records(std::uint64_t size, const Replay& replay);
  [[nodiscard]] Status cut_tail(std::uint64_t size);
  [[nodiscard]] Status write(std::string_view bytes);
  [[nodiscard]] Error failure(Errc code, std::string_view what) const;

  Options options_;
  int file_ = -1;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t cut_bytes_ = 0;
  bool usable_ = true;
};

}  // namespace cw::issuer
