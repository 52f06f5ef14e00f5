#include "lib/domain/feed_settings.hpp"

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

std::vector<std::string> FeedSettings::secrets() const {
  std::vector<std::string> all = signing_secrets;
  if (!signing_secret.empty()) all.push_back(signing_secret);
  return all;
}

}  // namespace cw
