#pragma once

#include "lib/store/key_value_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <memory>

namespace cw::store {

/// Internal. Our options in RocksDB's terms, with the choices that are the same for every store.
[[nodiscard]] rocksdb::Options rocks_options(const Options& options,
                                             const std::shared_ptr<rocksdb::Cache>& cache,
                                             rocksdb::Env* env);

/// Internal. For a scan of many keys, once: read ahead, leave the cache alone, check every block.
[[nodiscard]] rocksdb::ReadOptions scan_options();

/// Internal. No log of writes.
[[nodiscard]] rocksdb::WriteOptions write_options();

}  // namespace cw::store
