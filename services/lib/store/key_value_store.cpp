#include "lib/store/key_value_store.hpp"

#include "lib/store/rocks_batch.hpp"
#include "lib/store/rocks_errors.hpp"
#include "lib/store/rocks_options.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include <mutex>
#include <system_error>
#include <utility>

namespace cw::store {
namespace {

// Few, so that each shard of a small cache has room for any block.
constexpr int kCacheShardBits = 2;

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

/// The first key after all that start with `prefix`; empty if there is none.
std::string end_of(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

/// Remembers what has failed in the background. THREAD: safe.
class Watch final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* status) override {
    set(*status);
  }
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override {
    set(info.new_bg_error);
  }
  void set(const rocksdb::Status& status) {
    const std::lock_guard lock(mutex_);
    failed_ = status;
  }
  [[nodiscard]] rocksdb::Status failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

 private:
  mutable std::mutex mutex_;
  rocksdb::Status failed_;
};

Status make_folder(const std::filesystem::path& folder) {
  std::error_code ec;
  const bool made = std::filesystem::create_directories(folder, ec);
  if (!ec && made) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ec);
  }
  if (!ec) return Ok{};
  const Errc code = ec == std::errc::no_space_on_device ? Errc::kStoreFull : Errc::kStoreIo;
  return Error{code, "cannot make the folder " + folder.string() + ": " + ec.message()};
}

}  // namespace

class KeyValueStore::Engine {
 public:
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<Watch> watch = std::make_shared<Watch>();
  std::unique_ptr<rocksdb::Env> memory;  ///< Before db, which uses it.
  std::unique_ptr<rocksdb::DB> db;

  [[nodiscard]] std::uint64_t number(const std::string& property) const {
    std::uint64_t value = 0;
    return db->GetIntProperty(property, &value) ? value : 0;
  }
};

KeyValueStore::KeyValueStore(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
KeyValueStore::~KeyValueStore() = default;

Result<std::unique_ptr<KeyValueStore>> KeyValueStore::open(const std::filesystem::path& folder,
                                                           const Options& options) {
  auto engine = std::make_unique<Engine>();
  if (options.in_memory) {
    engine->memory.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  } else if (Status made = make_folder(folder); !made) {
    return std::move(made).error();
  }
  engine->cache = rocksdb::NewLRUCache(options.cache_bytes, kCacheShardBits);
  rocksdb::Env* const env = options.in_memory ? engine->memory.get() : rocksdb::Env::Default();
  rocksdb::Options rocks = rocks_options(options, engine->cache, env);
  rocks.listeners.push_back(engine->watch);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(rocks, folder.string(), &db);
  if (!status.ok()) return error_of(status, "cannot open the store " + folder.string());
  engine->db.reset(db);
  return std::unique_ptr<KeyValueStore>(new KeyValueStore(std::move(engine)));
}

Status KeyValueStore::destroy(const std::filesystem::path& folder) {
  std::error_code ec;
  if (!std::filesystem::exists(folder, ec)) return Ok{};
  const rocksdb::Status status = rocksdb::DestroyDB(folder.string(), rocksdb::Options());
  if (!status.ok()) return error_of(status, "cannot remove the store " + folder.string());
  // Only if it is empty: files that are not the store's are left alone.
  std::filesystem::remove(folder, ec);
  return Ok{};
}

Status KeyValueStore::write(Batch& batch) {
  Status written = outcome_of(engine_->db->Write(write_options(), &batch.writes_->batch),
                              "cannot write to the store");
  if (written) batch.clear();
  return written;
}

Result<std::optional<std::string>> KeyValueStore::get(std::string_view key) const {
  std::string value;
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  const rocksdb::Status status = engine_->db->Get(options, slice(key), &value);
  if (status.ok()) return std::optional<std::string>(std::move(value));
  if (status.IsNotFound() && !status.IsPathNotFound()) return std::optional<std::string>();
  return error_of(status, "cannot read from the store");
}

Status KeyValueStore::scan(std::string_view prefix, const Visit& visit) const {
  const std::string end = end_of(prefix);
  const rocksdb::Slice bound = slice(end);
  rocksdb::ReadOptions options = scan_options();
  if (!end.empty()) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> at(engine_->db->NewIterator(options));
  for (at->Seek(slice(prefix)); at->Valid(); at->Next()) {
    if (!visit(view(at->key()), view(at->value()))) return Ok{};
  }
  return outcome_of(at->status(), "cannot read through the store");
}

Status KeyValueStore::range(std::string_view from, std::string_view to, const Visit& visit) const {
  const rocksdb::Slice bound = slice(to);
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.total_order_seek = true;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> at(engine_->db->NewIterator(options));
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    if (!visit(view(at->key()), view(at->value()))) return Ok{};
  }
  return outcome_of(at->status(), "cannot read a range of the store");
}

Status KeyValueStore::flush() {
  return outcome_of(engine_->db->Flush(rocksdb::FlushOptions()), "cannot flush the store");
}

Status KeyValueStore::flush_later() {
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;
  return outcome_of(engine_->db->Flush(options), "cannot flush the store");
}

bool KeyValueStore::busy() const {
  return engine_->number(rocksdb::DB::Properties::kIsWriteStopped) != 0 ||
         engine_->number(rocksdb::DB::Properties::kActualDelayedWriteRate) != 0;
}

Status KeyValueStore::health() const {
  return outcome_of(engine_->watch->failed(), "the store cannot write");
}

StoreSizes KeyValueStore::sizes() const {
  using Properties = rocksdb::DB::Properties;
  return {engine_->number(Properties::kTotalSstFilesSize),
          engine_->number(Properties::kCurSizeAllMemTables) + engine_->cache->GetUsage() +
              engine_->number(Properties::kEstimateTableReadersMem),
          engine_->number(Properties::kEstimateNumKeys)};
}

Status KeyValueStore::close() {
  Status flushed = flush();
  const rocksdb::Status closed = engine_->db->Close();
  engine_->db.reset();
  if (!flushed) return flushed;
  return outcome_of(closed, "cannot close the store");
}

}  // namespace cw::store
