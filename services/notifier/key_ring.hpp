#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/seal.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace cw::notifier {

/// The data keys of the exposed files, as control hands them over: wrapped to the vault. A key is
/// unwrapped when it is first needed. THREAD: safe; unwrapping one key (some milliseconds) does not
/// hold up those who ask for others.
class KeyRing {
 public:
  explicit KeyRing(crypto::VaultPrivateKey vault) : vault_(std::move(vault)) {}

  /// True if the key was not known before.
  bool add(const std::string& key_id, const std::string& wrapped);

  /// Fails with kNotFound (its file load has not been seen yet), kDecryptFailed (wrapped to
  /// another vault key, or damaged) or kKeyMismatch (the wrapped key has another id).
  [[nodiscard]] Result<std::shared_ptr<const crypto::DataKey>> find(const std::string& key_id);

 private:
  struct Held {
    std::string wrapped;
    std::shared_ptr<const crypto::DataKey> key;  ///< Null until needed.
  };

  const crypto::VaultPrivateKey vault_;
  std::mutex mutex_;
  std::map<std::string, Held> keys_;
};

}  // namespace cw::notifier
