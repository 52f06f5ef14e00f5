#pragma once

#include "lib/store/batch.hpp"

#include <rocksdb/write_batch.h>

namespace cw::store {

/// Internal.
struct Batch::Writes {
  rocksdb::WriteBatch batch;
};

}  // namespace cw::store
