#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cw::store {

/// How pieces written by Batch::merge become one value. Must be a pure function that gives the
/// same bytes whichever neighbouring pieces are joined first.
/// THREAD: called from any thread, also at once.
class Merger {
 public:
  virtual ~Merger() = default;
  /// For diagnosis, beside the data. A change of what the pieces mean is the user's to detect.
  [[nodiscard]] virtual const char* name() const noexcept = 0;
  /// Appends to `joined` what `pieces` (oldest first, at least one) amount to. `whole`: nothing
  /// older exists under this key, so that marks of what was erased need not be kept. A false says
  /// that the bytes are not such pieces: the store is then corrupt.
  [[nodiscard]] virtual bool join(std::span<const std::string_view> pieces,
                                  bool whole,
                                  std::string& joined) const = 0;
};

}  // namespace cw::store
