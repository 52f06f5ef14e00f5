#include "issuer/journal.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cw::issuer {
namespace {

constexpr mode_t kOwnerOnly = 0600;

/// A new file survives a crash only once its folder is on disk too.
bool sync_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int file =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = ::fsync(file) == 0;
  ::close(file);
  return done;
}

}  // namespace

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

Journal::Journal(Journal&& other) noexcept
    : options_(std::move(other.options_)),
      file_(std::exchange(other.file_, -1)),
      bytes_(other.bytes_),
      records_(other.records_),
      cut_bytes_(other.cut_bytes_),
      usable_(other.usable_) {}

Journal& Journal::operator=(Journal&& other) noexcept {
  std::swap(options_, other.options_);
  std::swap(file_, other.file_);
  bytes_ = other.bytes_;
  records_ = other.records_;
  cut_bytes_ = other.cut_bytes_;
  usable_ = other.usable_;
  return *this;
}

Error Journal::failure(Errc code, std::string_view what) const {
  return {code, "journal " + options_.path + ": " + std::string(what)};
}

Result<Journal> Journal::open(Options options, const Replay& replay) {
  const int file = ::open(options.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly);
  const int reason = errno;
  Journal journal(std::move(options), file);
  if (file < 0) {
    return journal.failure(Errc::kFileWrite, std::generic_category().message(reason));
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0 || !journal.is_the_file_there()) {
    return journal.failure(Errc::kUnavailable, "another process has it");
  }
  const auto status = journal.read(replay);
  if (!status) return status.error();
  return journal;
}

Status Journal::read(const Replay& replay) {
  struct stat info {};
  if (::fstat(file_, &info) != 0) return failure(Errc::kFileRead, "cannot be looked at");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  std::string magic(std::min<std::uint64_t>(size, kJournalMagic.size()), '\0');
  if (!read_at(file_, 0, magic.data(), magic.size())) {
    return failure(Errc::kFileRead, "cannot be read");
  }
  if (size < kJournalMagic.size() && kJournalMagic.starts_with(magic)) {
    // New, or the very first write was cut short.
    if (::ftruncate(file_, 0) != 0) return failure(Errc::kFileWrite, "cannot be cut");
    const auto written = write(kJournalMagic);
    if (!written) return written;
    if (!sync_folder(options_.path)) return failure(Errc::kFileWrite, "its folder has no fsync");
    return Ok{};
  }
  if (magic != kJournalMagic) return failure(Errc::kFileRead, "is not a journal of this version");
  const auto part = scan_journal(file_, size, [&](const JournalRecord& record) -> Result<bool> {
    const auto replayed = replay(record);
    if (!replayed) return replayed.error();
    return true;
  });
  if (!part) return failure(part.error().code, part.error().detail);
  bytes_ = part.value().end;
  records_ = part.value().records;
  return cut_tail(size);
}

Status Journal::cut_tail(std::uint64_t size) {
  cut_bytes_ = size - bytes_;
  if (cut_bytes_ == 0) return Ok{};
  if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0 || ::fsync(file_) != 0) {
    return failure(Errc::kFileWrite, "the half written end cannot be cut off");
  }
  return Ok{};
}

Status Journal::write(std::string_view bytes) {
  const auto written = write_at_end(bytes);
  if (!written) return written;
  if (options_.sync) {
    const auto synced = sync();
    if (!synced) return synced;
  }
  bytes_ += bytes.size();
  return Ok{};
}

Status Journal::write_at_end(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::pwrite(
        file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(bytes_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failure(Errc::kFileWrite, std::generic_category().message(errno));
    done += static_cast<std::size_t>(n);
  }
  return Ok{};
}

/// After a failed sync nobody knows what is on disk: the kernel may have dropped the pages.
Status Journal::sync() {
  if (::fdatasync(file_) == 0) return Ok{};
  usable_ = false;
  return failure(Errc::kFileWrite, "sync: " + std::generic_category().message(errno));
}

Status Journal::append(const JournalRecord& record) {
  if (!usable_) return failure(Errc::kFileWrite, "a write failed before; restart to read it anew");
  if (record.id.size() > kIdBytesMax || record.body.size() > kBodyBytesMax) {
    return failure(Errc::kLimitReached, "the record is too long");
  }
  if (record.id.find('\n') != std::string_view::npos) {
    return failure(Errc::kBadRequest, "the id holds a line break");
  }
  const std::string bytes = encode_record(record);
  if (bytes_ + bytes.size() > options_.bytes_max) {
    return failure(Errc::kLimitReached, "is full; raise journal.bytes_max");
  }
  const auto written = write(bytes);
  if (!written) {
    if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0) usable_ = false;
    return written;
  }
  ++records_;
  return Ok{};
}

Status Journal::replace_by(Journal shorter, const JournalPart& part) {
  if (!usable_) return failure(Errc::kFileWrite, "a write failed before; restart to read it anew");
  auto done = shorter.copy(*this, part.end);
  if (done) done = shorter.sync();
  if (!done) return done;
  if (::rename(shorter.options_.path.c_str(), options_.path.c_str()) != 0) {
    return failure(Errc::kFileWrite, "rename: " + std::generic_category().message(errno));
  }
  // Until the folder is on disk a crash may bring the longer file back: nothing is appended before.
  usable_ = sync_folder(options_.path);
  std::swap(file_, shorter.file_);
  bytes_ = shorter.bytes_;
  records_ = shorter.records_ + (records_ - part.records);
  if (!usable_) return failure(Errc::kFileWrite, "its folder has no fsync");
  return Ok{};
}

Status Journal::copy(const Journal& from, std::uint64_t begin) {
  constexpr std::uint64_t kPiece = 1UL << 20U;
  std::string piece;
  while (begin < from.bytes_) {
    piece.resize(static_cast<std::size_t>(std::min(kPiece, from.bytes_ - begin)));
    if (!read_at(from.file_, begin, piece.data(), piece.size())) {
      return from.failure(Errc::kFileRead, "cannot be read");
    }
    const auto written = write_at_end(piece);
    if (!written) return written;
    bytes_ += piece.size();
    begin += piece.size();
  }
  return Ok{};
}

/// Not one that was replaced between being opened and being locked.
bool Journal::is_the_file_there() const {
  struct stat mine {};
  struct stat there {};
  return ::fstat(file_, &mine) == 0 && ::stat(options_.path.c_str(), &there) == 0 &&
         mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

}  // namespace cw::issuer
