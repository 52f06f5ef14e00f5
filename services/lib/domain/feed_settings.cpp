#include "lib/domain/feed_settings.hpp"

#include <algorithm>

namespace cw {

std::vector<FeedKey> FeedSettings::keys() const {
  std::vector<FeedKey> all = encryption_keys;
  if (!encryption_key.empty()) all.push_back({.jwk = encryption_key});
  return all;
}

std::optional<FeedKey> FeedSettings::key_at(Instant at) const {
  std::optional<FeedKey> newest;
  for (FeedKey& key : keys()) {
    if (!key.usable_at(at)) continue;
    // Nothing compares less than any instant.
    if (!newest || newest->not_before <= key.not_before) newest = std::move(key);
  }
  return newest;
}

std::optional<Instant> FeedSettings::keys_end(Instant at) const {
  std::optional<Instant> end;
  std::vector<FeedKey> rest = keys();
  const auto used = [&](Instant when) {
    return std::find_if(
        rest.begin(), rest.end(), [when](const FeedKey& key) { return key.usable_at(when); });
  };
  for (auto key = used(at); key != rest.end(); key = used(*end)) {
    if (!key->not_after) return std::nullopt;
    end = *key->not_after;
    rest.erase(key);
  }
  if (end) return end;
  for (const FeedKey& key : rest) {
    if (key.not_after && *key.not_after <= at) end = std::max(end, key.not_after);
  }
  return end;
}

std::vector<std::string> FeedSettings::secrets() const {
  std::vector<std::string> all = signing_secrets;
  if (!signing_secret.empty()) all.push_back(signing_secret);
  return all;
}

}  // namespace cw
