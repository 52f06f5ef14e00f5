#include "cli/acceptance/check.hpp"

#include <array>
#include <string>
#include <utility>

/// What did not come from the sender, or not to this issuer, changes nothing.
namespace cw::cli {
namespace {

constexpr std::uint64_t kForgedCards = 300;
constexpr std::uint64_t kStaleCards = 310;
constexpr std::uint64_t kForeignCards = 320;
constexpr std::uint64_t kUnknownKeyCards = 330;
/// Twice the tolerance of Standard Webhooks.
constexpr std::chrono::minutes kTooFar{10};

/// A batch that must be refused; then the same without the flaw, which must be taken.
Why refused_then_taken(Trial& trial, std::uint64_t card, Sending flawed) {
  flawed.id = trial.new_id();
  const TestBatch batch = trial.next({{.card = card}});
  if (auto why = trial.refused(trial.send(batch, flawed))) return why;
  if (auto why = trial.deliver(batch, {.id = flawed.id})) return "the right one after it: " + *why;
  return trial.holds();
}

Why named(std::string_view which, Why why) {
  if (!why) return why;
  return std::string(which) + ": " + *why;
}

Why bad_signature(Trial& trial) {
  const std::array flaws{std::pair{Flaw::kOtherSecret, "signed with another secret or key"},
                         std::pair{Flaw::kNoSignature, "without a signature"},
                         std::pair{Flaw::kAlteredBody, "changed after it was signed"}};
  std::uint64_t card = kForgedCards;
  for (const auto& [flaw, which] : flaws) {
    if (auto why = named(which, refused_then_taken(trial, card++, {.flaw = flaw}))) return why;
  }
  return std::nullopt;
}

Why stale_timestamp(Trial& trial) {
  if (auto why = named("ten minutes old",
                       refused_then_taken(trial, kStaleCards, {.clock_off = -kTooFar}))) {
    return why;
  }
  return named("ten minutes ahead",
               refused_then_taken(trial, kStaleCards + 1, {.clock_off = kTooFar}));
}

Why wrong_audience(Trial& trial) {
  const TestBatch batch = trial.next({{.card = kForeignCards}});
  return trial.refused(trial.send_for("not-" + trial.feed().issuer().substr(0, 60), batch));
}

Why unknown_key(Trial& trial) {
  return refused_then_taken(trial, kUnknownKeyCards, {.flaw = Flaw::kUnknownKey});
}

constexpr std::array kChecks{
    Check{"bad_signature",
          "no signature, a stranger's, or bytes changed after signing are refused",
          "Check the signature over the bytes as received, before anything else; answer 401. A "
          "refused webhook-id must not be remembered.",
          bad_signature},
    Check{"stale_timestamp",
          "a genuine signature from ten minutes ago or ahead is refused",
          "Refuse a webhook-timestamp, or created, more than 5 minutes from your clock; keep the "
          "clock right.",
          stale_timestamp},
    Check{"wrong_audience",
          "a genuine batch for another issuer is refused",
          "Compare the batch's issuer with your id after decrypting; answer 403.",
          wrong_audience},
    Check{"unknown_key",
          "a batch encrypted to a key that is not yours is refused",
          "Choose the key by kid; answer 403. Not 400 or 422: they set entries aside.",
          unknown_key},
};

}  // namespace

std::span<const Check> security_checks() {
  return kChecks;
}

}  // namespace cw::cli
