#include "notifier/key_ring.hpp"

namespace cw::notifier {

bool KeyRing::add(const std::string& key_id, const std::string& wrapped) {
  const std::lock_guard lock{mutex_};
  return keys_.try_emplace(key_id, Held{wrapped, nullptr}).second;
}

Result<std::shared_ptr<const crypto::DataKey>> KeyRing::find(const std::string& key_id) {
  std::string wrapped;
  {
    const std::lock_guard lock{mutex_};
    const auto held = keys_.find(key_id);
    if (held == keys_.end()) return Error{Errc::kNotFound, "data key " + key_id};
    if (held->second.key != nullptr) return held->second.key;
    wrapped = held->second.wrapped;
  }
  auto key = vault_.unwrap(wrapped);
  if (!key) return Error{key.error().code, "data key " + key_id + ": " + key.error().detail};
  if (key.value().id() != key_id) {
    return Error{Errc::kKeyMismatch, "data key " + key_id + " wraps " + key.value().id()};
  }
  auto shared = std::make_shared<const crypto::DataKey>(std::move(key).value());
  const std::lock_guard lock{mutex_};
  keys_[key_id].key = shared;
  return shared;
}

}  // namespace cw::notifier
