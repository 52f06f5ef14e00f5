#pragma once

#include "lib/base/result.hpp"

#include <rocksdb/status.h>

#include <string_view>

namespace cw::store {

/// Internal. What RocksDB says, as one of our codes; `what` is what was being done. The detail
/// never holds a key or a value.
[[nodiscard]] Error error_of(const rocksdb::Status& status, std::string_view what);

/// Internal. The same, or success.
[[nodiscard]] Status outcome_of(const rocksdb::Status& status, std::string_view what);

}  // namespace cw::store
