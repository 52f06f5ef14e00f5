#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/ids.hpp"

#include <map>
#include <memory>
#include <vector>

namespace cw {

/// An issuer's word that it has nothing to report up to `until`.
struct NilReturn {
  IssuerId issuer;
  Instant until;  ///< At most NilReturns::kLead after received_at.
  Instant received_at;
  Principal by;

  friend bool operator==(const NilReturn&, const NilReturn&) = default;
};

/// The nil returns of all issuers, so far as each reaches further than those received before it.
/// A function of the set of those added: repeats and order do not matter. A value; copies share
/// what is immutable. THREAD: const access is safe.
class NilReturns {
 public:
  static constexpr std::chrono::hours kLead{24};

  void add(const NilReturn& record);
  /// The one that reaches furthest among those received up to `known_at`; nullptr if there is none.
  [[nodiscard]] const NilReturn* last(const IssuerId& issuer,
                                      Instant known_at = Instant::max()) const;

 private:
  using History = std::vector<NilReturn>;  ///< By received_at; until rises too.

  std::map<IssuerId, std::shared_ptr<const History>> issuers_;
};

}  // namespace cw
