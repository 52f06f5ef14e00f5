#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/record_views.hpp"
#include "lib/domain/watch.hpp"

#include <cstddef>

namespace cw::matcher {

/// Where the matching of a partition puts what follows from its inputs. An error ends the batch: it
/// will be rolled back. The views are valid during the call only.
class MatchOutput {
 public:
  virtual ~MatchOutput() = default;
  [[nodiscard]] virtual Status changed(const FactView& fact) = 0;
  [[nodiscard]] virtual Status retracted(const FactView& fact) = 0;
  [[nodiscard]] virtual Status watch(const WatchChange& change) = 0;
  /// The record cannot be used (kConflict by rules.md R8, kLimitReached); the others can.
  /// `source` is the caller's own number of the record.
  [[nodiscard]] virtual Status refused(std::size_t source, const Error& why) = 0;
};

}  // namespace cw::matcher
