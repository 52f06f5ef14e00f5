#include "lib/store/rocks_options.hpp"

#include "lib/store/rocks_merger.hpp"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>

namespace cw::store {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

/// Writes are many small batches of changes all over the keys beside one large old run: size
/// tiers rewrite the old run only when the new ones have grown to a good part of it, where levels
/// would rewrite all of it every few batches.
void set_shape(rocksdb::Options& to) {
  to.compaction_style = rocksdb::kCompactionStyleUniversal;
  to.compaction_options_universal.max_size_amplification_percent = 60;
  to.compaction_options_universal.allow_trivial_move = true;
  to.level0_file_num_compaction_trigger = 6;
  to.level0_slowdown_writes_trigger = 40;
  to.level0_stop_writes_trigger = 60;
  to.num_levels = 7;
  to.target_file_size_base = 64 * kMiB;
  to.delayed_write_rate = 256 * kMiB;
  to.compaction_readahead_size = 2 * kMiB;
  to.bytes_per_sync = 4 * kMiB;
  to.max_background_jobs = 2;
}

void set_quiet(rocksdb::Options& to) {
  to.info_log_level = rocksdb::WARN_LEVEL;
  to.keep_log_file_num = 2;
  to.max_log_file_size = kMiB;
  to.stats_dump_period_sec = 0;
  to.stats_persist_period_sec = 0;
}

}  // namespace

rocksdb::Options rocks_options(const Options& options,
                               const std::shared_ptr<rocksdb::Cache>& cache,
                               rocksdb::Env* env) {
  rocksdb::Options to;
  to.env = env;
  to.create_if_missing = true;
  to.paranoid_checks = true;
  to.write_buffer_size = options.write_buffer_bytes;
  to.max_write_buffer_number = 3;
  // Whatever goes to disk goes by flush(), so that its failure is told to somebody.
  to.avoid_flush_during_shutdown = true;
  to.compression =
      options.compression == Compression::kLz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  set_shape(to);
  set_quiet(to);
  // Watches for free space after the volume was full, and resumes.
  to.sst_file_manager.reset(rocksdb::NewSstFileManager(to.env));
  // What is merged in the background must not take the processor from who serves.
  to.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);

  rocksdb::BlockBasedTableOptions table;
  table.block_size = std::size_t{32} << 10U;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.block_cache = cache;
  if (options.point_reads) {
    constexpr double kFilterBitsPerKey = 10;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
    table.cache_index_and_filter_blocks = true;
    // In pieces: a whole filter of a large file is larger than a shard of the cache, and would be
    // read anew for every key.
    table.partition_filters = true;
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    // A key that is not in the cache costs reading and checking a whole block.
    table.block_size = std::size_t{4} << 10U;
  }
  to.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  if (options.merger) to.merge_operator = std::make_shared<RocksMerger>(options.merger);
  return to;
}

rocksdb::ReadOptions scan_options() {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.verify_checksums = true;
  options.readahead_size = 4 * kMiB;
  options.total_order_seek = true;
  return options;
}

rocksdb::WriteOptions write_options() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

}  // namespace cw::store
