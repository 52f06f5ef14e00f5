#include "intake/keys.hpp"

#include "lib/crypto/key_file.hpp"

namespace cw::intake {

Result<Keys> KeyRing::read(const Config& config) {
  auto match = crypto::MatchKey::load(config.match_key);
  if (!match) return match.error();
  auto vault = crypto::VaultPublicKey::load(config.vault_public_key);
  if (!vault) return vault.error();
  return Keys{std::move(match).value(), std::move(vault).value()};
}

std::shared_ptr<const Keys> KeyRing::current() const {
  const std::lock_guard lock{mutex_};
  return current_;
}

Status KeyRing::replace(Keys next) {
  const std::lock_guard lock{mutex_};
  if (next.match.id() != current_->match.id()) {
    return Error{Errc::kKeyInvalid,
                 "the match key changed from " + current_->match.id() + " to " + next.match.id() +
                     "; a running system cannot change it"};
  }
  current_ = std::make_shared<const Keys>(std::move(next));
  return Ok{};
}

std::vector<std::string> exposed_key_files(const Config& config) {
  std::vector<std::string> exposed;
  const auto file = crypto::read_key_file(config.match_key);
  if (file && file.value().readable_by_others) exposed.push_back(config.match_key);
  return exposed;
}

}  // namespace cw::intake
