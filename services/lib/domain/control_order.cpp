#include "lib/domain/control_order.hpp"

#include <string_view>

namespace cw {
namespace {

/// Length-prefixed fields: no content can imitate another record's structure.
class Canonical {
 public:
  Canonical& add(std::string_view field) {
    text_ += std::to_string(field.size());
    text_ += ':';
    text_ += field;
    return *this;
  }
  Canonical& add(std::uint64_t number) { return add(std::to_string(number)); }
  Canonical& add(Instant instant) { return add(format_instant(instant)); }
  Canonical& add(Day day) { return add(format_day(day)); }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

struct PredicateWriter {
  Canonical& out;

  void operator()(const Predicate::All& node) const { parts("all", node.parts); }
  void operator()(const Predicate::Any& node) const { parts("any", node.parts); }
  void operator()(const Predicate::Not& node) const { parts("not", node.part); }
  void operator()(const Predicate::Equals& node) const {
    out.add("equals").add(node.attribute).add(node.value);
  }
  void operator()(const Predicate::In& node) const {
    out.add("in").add(node.attribute).add(node.values.size());
    for (const auto& value : node.values) out.add(value);
  }
  void operator()(const Predicate::Between& node) const {
    out.add("between").add(node.attribute).add(node.from).add(node.to);
  }
  void operator()(const Predicate::Prefix& node) const {
    out.add("prefix").add(node.attribute).add(node.prefix);
  }
  void operator()(const Predicate::Missing& node) const { out.add("missing").add(node.attribute); }

  void parts(std::string_view kind, const std::vector<Predicate>& parts) const {
    out.add(kind).add(parts.size());
    for (const auto& part : parts) std::visit(*this, part.node());
  }
};

std::string text_of(const std::optional<Instant>& instant) {
  return instant ? format_instant(*instant) : std::string{};
}

/// Nothing for settings that have none of the newer members: the text of older records must not
/// change, or two releases at work side by side would order them differently.
void add_newer_settings(Canonical& out, const FeedSettings& feed) {
  const bool none = feed.encryption_keys.empty() && feed.signing_secrets.empty() &&
                    feed.signature == FeedSignature::kStandardWebhooks &&
                    feed.mode == FeedMode::kPush;
  if (none) return;
  out.add("newer").add(feed.encryption_keys.size());
  for (const auto& key : feed.encryption_keys) {
    out.add(key.jwk).add(text_of(key.not_before)).add(text_of(key.not_after));
  }
  out.add(feed.signing_secrets.size());
  for (const auto& name : feed.signing_secrets) out.add(name);
  out.add(static_cast<std::uint64_t>(feed.signature)).add(static_cast<std::uint64_t>(feed.mode));
}

/// Whether (time, text) of the candidate comes before that of the held record.
template <class Record>
bool earlier(const Record& candidate, Instant at, const Record& held, Instant held_at) {
  if (at != held_at) return at < held_at;
  return canonical(candidate) < canonical(held);
}

Instant time_of(const ScopeRevision& scope) {
  return scope.state == ScopeState::kApproved ? scope.effective_at : scope.recorded_at;
}

}  // namespace

std::string canonical(const Incident& incident) {
  Canonical out;
  out.add(incident.id.get()).add(incident.version).add(incident.name).add(incident.time_zone);
  out.add(static_cast<std::uint64_t>(incident.state)).add(incident.since);
  out.add(incident.attributes.size());
  for (const auto& attribute : incident.attributes) out.add(attribute);
  out.add(incident.files.size());
  for (const auto& file : incident.files) {
    out.add(file.name.get()).add(file.source).add(file.at_risk_from).add(file.at_risk_to);
    out.add(file.withdrawn_at ? format_instant(*file.withdrawn_at) : std::string{});
  }
  out.add(incident.effective_at).add(incident.by.get()).add(incident.imported ? 1U : 0U);
  return out.take();
}

std::string canonical(const Issuer& issuer) {
  Canonical out;
  out.add(issuer.id.get()).add(issuer.version).add(issuer.name).add(issuer.iin_ranges.size());
  for (const auto& range : issuer.iin_ranges) out.add(range);
  out.add(issuer.feed ? 1U : 0U);
  if (issuer.feed) {
    out.add(issuer.feed->url).add(issuer.feed->encryption_key).add(issuer.feed->signing_secret);
    out.add(issuer.feed->batch_max).add(issuer.feed->allow_private_address ? 1U : 0U);
    add_newer_settings(out, *issuer.feed);
  }
  out.add(issuer.effective_at).add(issuer.by.get()).add(issuer.imported ? 1U : 0U);
  return out.take();
}

std::string canonical(const ScopeRevision& scope) {
  Canonical out;
  out.add(scope.incident.get()).add(scope.revision).add(static_cast<std::uint64_t>(scope.state));
  out.add(canonical(scope.predicate)).add(scope.note).add(scope.recorded_at);
  out.add(scope.effective_at).add(scope.by.get()).add(scope.imported ? 1U : 0U);
  return out.take();
}

std::string canonical(const FileLoad& load) {
  Canonical out;
  out.add(load.incident.get()).add(load.file.get()).add(load.key).add(load.wrapped_key);
  out.add(static_cast<std::uint64_t>(load.state)).add(load.records).add(load.refused);
  out.add(load.sha256).add(load.received_at).add(load.by.get()).add(load.imported ? 1U : 0U);
  return out.take();
}

std::string canonical(const Figure& figure) {
  const auto& definition = figure.definition;
  Canonical out;
  out.add(definition.incident.get()).add(figure.number).add(text(definition.unit));
  out.add(definition.outcomes.size());
  for (const auto outcome : definition.outcomes) out.add(text(outcome));
  out.add(text(definition.attributable)).add(definition.since).add(definition.as_of);
  out.add(definition.known_at.value_or(Instant{})).add(definition.time_zone.name());
  out.add(definition.by.size());
  for (const auto key : definition.by) out.add(text(key));
  out.add(figure.scope_revision).add(figure.figure).add(figure.rows.size());
  for (const auto& row : figure.rows) {
    for (const auto& part : row.key) out.add(part);
    out.add(row.count);
  }
  out.add(figure.digest).add(figure.match_offsets.size());
  for (const auto& [partition, offset] : figure.match_offsets) {
    out.add(std::to_string(partition)).add(std::to_string(offset));
  }
  out.add(std::to_string(figure.control_offset)).add(figure.provisional ? 1U : 0U);
  out.add(figure.published_at).add(figure.by.get());
  return out.take();
}

std::string canonical(const Predicate& predicate) {
  Canonical out;
  std::visit(PredicateWriter{out}, predicate.node());
  return out.take();
}

bool replaces(const Incident& candidate, const Incident& held) {
  return earlier(candidate, candidate.effective_at, held, held.effective_at);
}

bool replaces(const Issuer& candidate, const Issuer& held) {
  return earlier(candidate, candidate.effective_at, held, held.effective_at);
}

bool replaces(const ScopeRevision& candidate, const ScopeRevision& held) {
  return earlier(candidate, time_of(candidate), held, time_of(held));
}

bool replaces(const Figure& candidate, const Figure& held) {
  return earlier(candidate, candidate.published_at, held, held.published_at);
}

bool replaces(const FileLoad& candidate, const FileLoad& held) {
  if (candidate.state != held.state) return candidate.state == FileLoadState::kLoaded;
  return earlier(candidate, candidate.received_at, held, held.received_at);
}

}  // namespace cw
