#include "notifier/control_view.hpp"

#include "lib/codec/control_codec.hpp"

namespace cw::notifier {

Result<ControlView::Changes> ControlView::apply(std::string_view value) {
  const auto record = codec::decode_control(value);
  if (!record) return record.error();
  Changes changes;
  if (const auto* load = std::get_if<FileLoad>(&record.value())) {
    changes.keys = keys_.add(load->key, load->wrapped_key);
  } else if (const auto* issuer = std::get_if<Issuer>(&record.value())) {
    const std::lock_guard lock{mutex_};
    const auto before = standing(issuer->id);
    static_cast<void>(control_.apply(record.value()));
    const auto after = standing(issuer->id);
    if (!before || before->feed != after->feed) changes.settings_of = issuer->id;
  } else if (const auto* scope = std::get_if<ScopeRevision>(&record.value())) {
    if (scope->state != ScopeState::kApproved || scope->imported) return changes;
    const std::lock_guard lock{mutex_};
    approvals_.insert_or_assign({scope->incident, scope->revision}, scope->effective_at);
  }
  return changes;
}

IssuerSettings ControlView::settings(const IssuerId& issuer) const {
  const std::lock_guard lock{mutex_};
  return standing(issuer).value_or(IssuerSettings{});
}

std::vector<IssuerId> ControlView::issuers() const {
  const std::lock_guard lock{mutex_};
  std::vector<IssuerId> ids;
  for (const Issuer* issuer : control_.issuers()) ids.push_back(issuer->id);
  return ids;
}

std::optional<Instant> ControlView::approved_at(const IncidentId& incident,
                                                std::uint32_t revision) const {
  const std::lock_guard lock{mutex_};
  const auto found = approvals_.find({incident, revision});
  if (found == approvals_.end()) return std::nullopt;
  return found->second;
}

std::optional<IssuerSettings> ControlView::standing(const IssuerId& issuer) const {
  const Issuer* const found = control_.issuer(issuer);
  if (found == nullptr) return std::nullopt;
  if (issuer == kUnassignedIssuer) return IssuerSettings{};
  return IssuerSettings{found->feed, found->effective_at};
}

}  // namespace cw::notifier
