#include "lib/store/rocks_errors.hpp"

#include <string>

namespace cw::store {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Errc code_of(const rocksdb::Status& status, const std::string& text) {
  if (status.IsNoSpace()) return Errc::kStoreFull;
  // A file that the manifest names and that is gone, and options that contradict the folder's
  // content, are as little what was written as a wrong checksum.
  if (status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound() ||
      status.IsInvalidArgument() || status.IsNotSupported()) {
    return Errc::kStoreCorrupt;
  }
  // RocksDB has no code of its own for the lock; both its messages name it.
  if (status.IsIOError() && (holds(text, "lock file") || holds(text, "lock hold"))) {
    return Errc::kStoreLocked;
  }
  return Errc::kStoreIo;
}

}  // namespace

Error error_of(const rocksdb::Status& status, std::string_view what) {
  const std::string text = status.ToString();
  return Error{code_of(status, text), std::string(what) + ": " + text};
}

Status outcome_of(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return Ok{};
  return error_of(status, what);
}

}  // namespace cw::store
