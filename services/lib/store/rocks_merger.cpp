#include "lib/store/rocks_merger.hpp"

#include <string_view>
#include <vector>

namespace cw::store {
namespace {

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace

bool RocksMerger::FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const {
  std::vector<std::string_view> pieces;
  pieces.reserve(in.operand_list.size() + 1);
  if (in.existing_value != nullptr) pieces.push_back(view(*in.existing_value));
  for (const rocksdb::Slice& operand : in.operand_list) pieces.push_back(view(operand));
  out->new_value.clear();  // RocksDB hands over the buffer of an earlier key.
  return merger_->join(pieces, true, out->new_value);
}

bool RocksMerger::PartialMergeMulti(const rocksdb::Slice& /*key*/,
                                    const std::deque<rocksdb::Slice>& operands,
                                    std::string* joined,
                                    rocksdb::Logger* /*logger*/) const {
  std::vector<std::string_view> pieces;
  pieces.reserve(operands.size());
  for (const rocksdb::Slice& operand : operands) pieces.push_back(view(operand));
  joined->clear();
  return merger_->join(pieces, false, *joined);
}

}  // namespace cw::store
