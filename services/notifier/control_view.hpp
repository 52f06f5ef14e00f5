#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/domain/control.hpp"
#include "notifier/key_ring.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::notifier {

/// Where an issuer's feed goes, and since when.
struct IssuerSettings {
  std::optional<FeedSettings> feed = {};  ///< Nothing: it has no endpoint, entries are held.
  Instant effective_at = {};
};

/// What the notifier needs of control.v1: the issuers' settings, and the data keys (handed on to
/// the KeyRing). THREAD: safe.
class ControlView {
 public:
  explicit ControlView(KeyRing& keys) : keys_(keys) {}

  struct Changes {
    std::optional<IssuerId> settings_of = {};  ///< This issuer's settings are new.
    bool keys = false;                         ///< A data key has come.
  };
  /// Fails like decode_control; the record then has no effect.
  [[nodiscard]] Result<Changes> apply(std::string_view value);

  /// An issuer that is not known (or kUnassignedIssuer) has no endpoint.
  [[nodiscard]] IssuerSettings settings(const IssuerId& issuer) const;
  [[nodiscard]] std::vector<IssuerId> issuers() const;
  /// When a scope revision took effect; nothing if it is not approved or was imported.
  [[nodiscard]] std::optional<Instant> approved_at(const IncidentId& incident,
                                                   std::uint32_t revision) const;

 private:
  [[nodiscard]] std::optional<IssuerSettings> standing(const IssuerId& issuer) const;

  KeyRing& keys_;
  mutable std::mutex mutex_;
  Control control_;
  std::map<std::pair<IncidentId, std::uint32_t>, Instant> approvals_;
};

}  // namespace cw::notifier
