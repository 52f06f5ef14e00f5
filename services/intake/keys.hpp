#pragma once

#include "intake/config.hpp"
#include "lib/base/result.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/match_key.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cw::intake {

/// The keys that an upload is worked on with.
struct Keys {
  crypto::MatchKey match;
  crypto::VaultPublicKey vault;
};

/// Holds the current keys. THREAD: safe.
class KeyRing {
 public:
  /// Reads both files. Fails with kFileRead or kKeyInvalid.
  [[nodiscard]] static Result<Keys> read(const Config& config);

  explicit KeyRing(Keys keys) : current_(std::make_shared<const Keys>(std::move(keys))) {}

  [[nodiscard]] std::shared_ptr<const Keys> current() const;
  /// Takes `next` from now on. Fails with kKeyInvalid, and keeps what it has, if the match key is
  /// another: cards would get other references and nothing would match any more.
  [[nodiscard]] Status replace(Keys next);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> current_;
};

/// Those key files that others than their owner may read, for a warning.
[[nodiscard]] std::vector<std::string> exposed_key_files(const Config& config);

}  // namespace cw::intake
