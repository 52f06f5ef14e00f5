#pragma once

#include "lib/store/merger.hpp"

#include <rocksdb/merge_operator.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace cw::store {

/// Internal. A Merger in RocksDB's dress.
class RocksMerger final : public rocksdb::MergeOperator {
 public:
  explicit RocksMerger(std::shared_ptr<const Merger> merger) : merger_(std::move(merger)) {}

  [[nodiscard]] const char* Name() const override { return merger_->name(); }
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override;
  bool PartialMergeMulti(const rocksdb::Slice& key,
                         const std::deque<rocksdb::Slice>& operands,
                         std::string* joined,
                         rocksdb::Logger* logger) const override;

 private:
  std::shared_ptr<const Merger> merger_;
};

}  // namespace cw::store
