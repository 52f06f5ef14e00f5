#include "issuer/journal.hpp"

#include "issuer/journal_record.hpp"

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

constexpr std::string_view kMagic = "CWFEEDJ1";
constexpr mode_t kOwnerOnly = 0600;

/// False at the end of the file or on an error.
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
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
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
  std::string magic(std::min<std::uint64_t>(size, kMagic.size()), '\0');
  if (!read_at(file_, 0, magic.data(), magic.size())) {
    return failure(Errc::kFileRead, "cannot be read");
  }
  if (size < kMagic.size() && kMagic.starts_with(magic)) {
    // New, or the very first write was cut short.
    if (::ftruncate(file_, 0) != 0) return failure(Errc::kFileWrite, "cannot be cut");
    const auto written = write(kMagic);
    if (!written) return written;
    if (!sync_folder(options_.path)) return failure(Errc::kFileWrite, "its folder has no fsync");
    return Ok{};
  }
  if (magic != kMagic) return failure(Errc::kFileRead, "is not a journal of this version");
  bytes_ = kMagic.size();
  const auto status = read_records(size, replay);
  if (!status) return status;
  return cut_tail(size);
}

Status Journal::read_records(std::uint64_t size, const Replay& replay) {
  std::string header(kRecordHeaderBytes, '\0');
  std::string payload;
  while (bytes_ + header.size() <= size) {
    if (!read_at(file_, bytes_, header.data(), header.size())) {
      return failure(Errc::kFileRead, "cannot be read");
    }
    const std::string place = "the record at byte " + std::to_string(bytes_);
    const auto length = record_length(header);
    if (!length && !only_zeros(file_, bytes_, size)) {
      return failure(Errc::kFileRead, place + " is damaged; restore the file from a backup");
    }
    const std::uint64_t end = bytes_ + header.size() + length.value_or(0);
    if (!length || end > size) return Ok{};  // Half written.
    payload.resize(*length);
    if (!read_at(file_, bytes_ + header.size(), payload.data(), payload.size())) {
      return failure(Errc::kFileRead, "cannot be read");
    }
    const auto record = decode_record(header, payload);
    if (!record && end == size) return Ok{};
    if (!record) {
      return failure(Errc::kFileRead, place + " is damaged; restore the file from a backup");
    }
    const auto replayed = replay(*record);
    if (!replayed) return failure(replayed.error().code, place + ": " + replayed.error().detail);
    bytes_ = end;
    ++records_;
  }
  return Ok{};
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
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::pwrite(
        file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(bytes_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failure(Errc::kFileWrite, std::generic_category().message(errno));
    done += static_cast<std::size_t>(n);
  }
  // After a failed sync nobody knows what is on disk: the kernel may have dropped the pages.
  if (::fdatasync(file_) != 0) {
    usable_ = false;
    return failure(Errc::kFileWrite, "sync: " + std::generic_category().message(errno));
  }
  bytes_ += bytes.size();
  return Ok{};
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

}  // namespace cw::issuer
