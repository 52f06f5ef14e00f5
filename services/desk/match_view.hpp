#pragma once

#include "lib/codec/fact_block.hpp"
#include "lib/domain/fact_book.hpp"

#include <cstdint>
#include <map>
#include <shared_mutex>
#include <utility>
#include <vector>

namespace cw::desk {

/// Partition -> offset up to which its facts are folded.
using Offsets = std::map<std::int32_t, std::int64_t>;

/// All facts of matches.v1, and the offsets that they rest on. THREAD: safe; readers share.
class MatchView {
 public:
  /// Folds what was read; `offsets` are those after it.
  void apply(const std::vector<codec::FactMessage>& messages, const Offsets& offsets);

  /// Calls `visit(const FactBook&, const Offsets&)` on one consistent state; facts wait meanwhile.
  template <class Visit>
  auto read(Visit visit) const {
    const std::shared_lock lock{mutex_};
    return visit(std::as_const(facts_), std::as_const(offsets_));
  }

  [[nodiscard]] Offsets offsets() const;

 private:
  mutable std::shared_mutex mutex_;
  FactBook facts_;
  Offsets offsets_;
};

}  // namespace cw::desk
