#include "lib/store/batch.hpp"

#include "lib/base/assert.hpp"
#include "lib/store/rocks_batch.hpp"

namespace cw::store {
namespace {

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

Batch::Batch() : writes_(std::make_unique<Writes>()) {}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

void Batch::put(std::string_view key, std::string_view value) {
  CW_ASSERT(writes_->batch.Put(slice(key), slice(value)).ok());
}

void Batch::erase(std::string_view key) {
  CW_ASSERT(writes_->batch.Delete(slice(key)).ok());
}

void Batch::merge(std::string_view key, std::string_view piece) {
  CW_ASSERT(writes_->batch.Merge(slice(key), slice(piece)).ok());
}

bool Batch::empty() const noexcept {
  return writes_->batch.Count() == 0;
}

std::size_t Batch::bytes() const noexcept {
  return writes_->batch.GetDataSize();
}

void Batch::clear() noexcept {
  writes_->batch.Clear();
}

}  // namespace cw::store
