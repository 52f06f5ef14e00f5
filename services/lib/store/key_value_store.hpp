#pragma once

#include "lib/base/result.hpp"
#include "lib/store/batch.hpp"
#include "lib/store/merger.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cw::store {

enum class Compression { kNone, kLz4 };

struct Options {
  /// Writes gather in memory up to this size, then go to disk. Up to three times as much may be
  /// held while the disk is behind.
  std::size_t write_buffer_bytes = std::size_t{32} << 20U;
  std::size_t cache_bytes = std::size_t{8} << 20U;  ///< For get(); scan() reads past it.
  Compression compression = Compression::kLz4;
  std::shared_ptr<const Merger> merger = nullptr;
  /// For who asks get() for many single keys: filters tell quickly that a key is not there. They,
  /// and the indexes, then lie in the cache, so that memory does not grow with the store.
  bool point_reads = false;
  /// Nothing on disk: the folder is only a name, and all is gone with the store.
  bool in_memory = false;
};

struct StoreSizes {
  std::uint64_t disk_bytes = 0;
  std::uint64_t memory_bytes = 0;  ///< Write buffers, cache, indexes.
  std::uint64_t keys = 0;          ///< An estimate.
};

/// An ordered map from bytes to bytes in a folder of its own, for state that can be built anew.
///
/// There is no log of writes: a write is durable once flush() has returned, or once the store
/// itself has moved it to disk. What a crash leaves is always a prefix of the batches written,
/// each whole; so data and the offsets they belong to stay together if they are in one batch.
///
/// Every block on disk has a checksum, checked whenever it is read.
/// Errors: kStoreFull (no space), kStoreCorrupt (bytes are not what was written: destroy and build
/// anew), kStoreIo (anything else of the file system).
/// THREAD: safe, but for close().
class KeyValueStore {
 public:
  /// Return false to end the scan.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  /// Makes the folder if there is none. Fails with kStoreLocked if it is open already, here or in
  /// another process.
  [[nodiscard]] static Result<std::unique_ptr<KeyValueStore>> open(
      const std::filesystem::path& folder, const Options& options);
  /// Removes a store that is not open, whatever state it is in; none there is a success.
  [[nodiscard]] static Status destroy(const std::filesystem::path& folder);

  /// Without close(), what was written since the last flush() is lost.
  ~KeyValueStore();
  KeyValueStore(const KeyValueStore&) = delete;
  KeyValueStore& operator=(const KeyValueStore&) = delete;

  /// Applies the batch and clears it; after a failure it is unchanged and not applied. May wait
  /// when the disk is behind: ask busy() first where that would hurt.
  [[nodiscard]] Status write(Batch& batch);
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key) const;
  /// All keys that start with `prefix`, in ascending order of their bytes, as of the beginning of
  /// the scan. The views are valid only during the call.
  [[nodiscard]] Status scan(std::string_view prefix, const Visit& visit) const;

  /// Keys from `from` on and before `to`, in ascending order, as scan(); for short reads: it does
  /// not read ahead. What it reads does not drive single keys out of the cache.
  [[nodiscard]] Status range(std::string_view from, std::string_view to, const Visit& visit) const;

  /// Waits until everything written so far is on disk.
  [[nodiscard]] Status flush();
  /// The same without waiting; a failure shows in health().
  [[nodiscard]] Status flush_later();
  /// The disk is so far behind that a write would wait.
  [[nodiscard]] bool busy() const;
  /// What has failed in the background, if writing is not possible now. A full volume is tried
  /// again every few seconds once it has room for three write buffers; nothing is lost meanwhile.
  [[nodiscard]] Status health() const;
  [[nodiscard]] StoreSizes sizes() const;

  /// flush(), and let go of the folder also if that fails. No other call after it.
  [[nodiscard]] Status close();

 private:
  class Engine;
  explicit KeyValueStore(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace cw::store
