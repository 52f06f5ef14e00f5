#include "lib/crypto/message_signature.hpp"

#include "lib/base/assert.hpp"
#include "lib/crypto/base64.hpp"
#include "lib/crypto/content_digest.hpp"
#include "lib/crypto/random.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace cw::crypto {
namespace {

constexpr std::array<std::string_view, 4> kFeedComponents{
    "@method", "@target-uri", "content-type", "content-digest"};
constexpr std::size_t kNonceBytes = 16;

using std::chrono::seconds;

Error refused(Errc code, std::string_view why) {
  return Error{code, "signature: " + std::string(why)};
}

std::string fresh_nonce() {
  return random_hex(kNonceBytes);
}

sf::InnerList input_of(const SigningKey& key, const SignatureTerms& terms) {
  sf::InnerList input;
  for (const std::string_view name : terms.components) {
    input.items.push_back({std::string(name), {}});
  }
  const auto created = std::chrono::floor<seconds>(terms.created.time_since_epoch());
  input.params = {{"created", std::int64_t{created.count()}},
                  {"expires", std::int64_t{(created + terms.lifetime).count()}},
                  {"nonce", fresh_nonce()},
                  {"keyid", key.keyid()}};
  if (!terms.tag.empty()) input.params.emplace_back("tag", std::string(terms.tag));
  return input;
}

/// The parameters of a signature that we know.
struct Claims {
  std::optional<std::int64_t> created, expires;
  std::optional<std::string> nonce, keyid, alg, tag;
};

template <class T>
bool read_param(const sf::Params& params, std::string_view key, std::optional<T>& out) {
  const auto* value = sf::find(params, key);
  if (value == nullptr) return true;
  const auto* typed = std::get_if<T>(value);
  if (typed != nullptr) out = *typed;
  return typed != nullptr;
}

std::optional<Claims> read_claims(const sf::Params& params) {
  Claims claims;
  const bool typed = read_param(params, "created", claims.created) &&
                     read_param(params, "expires", claims.expires) &&
                     read_param(params, "nonce", claims.nonce) &&
                     read_param(params, "keyid", claims.keyid) &&
                     read_param(params, "alg", claims.alg) && read_param(params, "tag", claims.tag);
  if (!typed) return std::nullopt;
  return claims;
}

bool covers(const sf::InnerList& input, std::string_view name) {
  return std::any_of(input.items.begin(), input.items.end(), [&](const sf::Item& item) {
    const auto* text = std::get_if<std::string>(&item.value);
    return text != nullptr && *text == name && item.params.empty();
  });
}

Status check_coverage(const sf::InnerList& input,
                      const Claims& claims,
                      const SignatureRules& rules) {
  for (const std::string_view name : rules.components) {
    if (covers(input, name)) continue;
    return refused(Errc::kSignatureComponents, std::string(name) + " is not covered");
  }
  const char* missing = nullptr;
  if (!claims.created) missing = "created";
  if (!claims.expires && rules.expires_required) missing = "expires";
  const bool has_nonce =
      claims.nonce && !claims.nonce->empty() && claims.nonce->size() <= NonceBook::kNonceBytesMax;
  if (!has_nonce && (rules.nonce_required || claims.nonce)) missing = "a nonce of 1 to 256 bytes";
  if (missing == nullptr) return Ok{};
  return refused(Errc::kSignatureComponents, std::string(missing) + " is missing");
}

Status check_times(const Claims& claims, const SignatureRules& rules, Instant now) {
  const Instant created{seconds{*claims.created}};
  const auto skew = now > created ? now - created : created - now;
  if (skew > rules.tolerance) {
    const auto whole = std::chrono::ceil<seconds>(skew).count();
    return refused(Errc::kTimestampSkew,
                   "created is " + std::to_string(whole) + " seconds away from now");
  }
  if (!claims.expires) return Ok{};
  const Instant expires{seconds{*claims.expires}};
  if (expires < created || expires - created > rules.lifetime_max) {
    return refused(Errc::kSignatureExpired, "expires does not follow created by a time allowed");
  }
  if (now >= expires) return refused(Errc::kSignatureExpired, "it has expired");
  return Ok{};
}

/// One message under verification; each member function does one of its steps.
class Verification {
 public:
  Verification(std::span<const VerificationKey> keys,
               const MessageView& message,
               std::string_view body,
               const SignatureRules& rules)
      : keys_(keys), message_(message), body_(body), rules_(rules) {}

  /// All that does not depend on the time: whether a known key signed this message and body.
  [[nodiscard]] Status genuine(const sf::InnerList& input,
                               const Claims& claims,
                               std::string_view signature) const {
    if (Status covered = check_coverage(input, claims, rules_); !covered) return covered;
    const auto base = signature_base(message_, input);
    if (!base) return base.error();
    if (Status by = signed_by_known_key(claims, base.value(), signature); !by) return by;
    if (!covers(input, "content-digest")) return Ok{};
    const auto digest = component_value(message_, {std::string("content-digest"), {}});
    if (!digest) return digest.error();
    return verify_content_digest(digest.value(), body_);
  }

 private:
  [[nodiscard]] Status signed_by_known_key(const Claims& claims,
                                           std::string_view base,
                                           std::string_view signature) const {
    Status outcome = refused(Errc::kSignatureKey, "its keyid is not one of a known key");
    for (const VerificationKey& key : keys_) {
      if (claims.keyid != key.keyid()) continue;
      const bool algorithm_fits = !claims.alg || *claims.alg == name(key.algorithm());
      if (algorithm_fits && key.verifies(base, signature)) return Ok{};
      outcome = refused(Errc::kSignatureInvalid,
                        algorithm_fits ? "it is not that of the key over this message"
                                       : "its alg is not the key's");
    }
    return outcome;
  }

  const std::span<const VerificationKey> keys_;
  const MessageView& message_;
  const std::string_view body_;
  const SignatureRules& rules_;
};

struct SignatureFields {
  sf::Dictionary inputs;
  sf::Dictionary signatures;
};

Result<SignatureFields> read_fields(const MessageView& message) {
  const auto read = [&](const char* field) -> Result<sf::Dictionary> {
    const auto value = component_value(message, {std::string(field), {}});
    if (!value) {
      return refused(Errc::kSignatureInvalid, "the field " + std::string(field) + " is missing");
    }
    return sf::parse_dictionary(value.value());
  };
  auto inputs = read("signature-input");
  if (!inputs) return inputs.error();
  auto signatures = read("signature");
  if (!signatures) return signatures.error();
  if (inputs.value().size() > SignatureRules::kSignaturesMax) {
    return refused(Errc::kSignatureInvalid, "more than 8 signatures");
  }
  return SignatureFields{std::move(inputs).value(), std::move(signatures).value()};
}

/// How far a signature came before it was refused; the furthest one's refusal is told.
int progress(Errc code) {
  switch (code) {
    case Errc::kSignatureKey:
      return 1;
    case Errc::kSignatureComponents:
      return 2;
    case Errc::kSignatureInvalid:
      return 0;
    default:
      return 3;
  }
}

/// The bytes under `label` of the Signature field; nullptr if there are none.
const std::string* signature_under(const sf::Dictionary& signatures, std::string_view label) {
  const auto* member = sf::find(signatures, label);
  const auto* item = member == nullptr ? nullptr : std::get_if<sf::Item>(member);
  const auto* bytes = item == nullptr ? nullptr : std::get_if<sf::Bytes>(&item->value);
  return bytes == nullptr ? nullptr : &bytes->bytes;
}

}  // namespace

std::span<const std::string_view> feed_components() {
  return kFeedComponents;
}

Result<std::vector<HeaderField>> sign_message(std::span<const SigningKey> keys,
                                              const MessageView& message,
                                              const SignatureTerms& terms) {
  CW_ASSERT(!keys.empty() && keys.size() <= SignatureRules::kSignaturesMax);
  sf::Dictionary inputs;
  sf::Dictionary signatures;
  for (const SigningKey& key : keys) {
    const std::string label = "sig" + std::to_string(inputs.size() + 1);
    sf::InnerList input = input_of(key, terms);
    const auto base = signature_base(message, input);
    if (!base) return base.error();
    signatures.emplace_back(label, sf::Item{sf::Bytes{key.sign(base.value())}, {}});
    inputs.emplace_back(label, std::move(input));
  }
  return std::vector<HeaderField>{{"Signature-Input", sf::serialize(inputs)},
                                  {"Signature", sf::serialize(signatures)}};
}

Result<VerifiedSignature> verify_message(std::span<const VerificationKey> keys,
                                         const MessageView& message,
                                         std::string_view body,
                                         const SignatureRules& rules,
                                         Instant now,
                                         NonceBook* nonces) {
  const auto fields = read_fields(message);
  if (!fields) return fields.error();
  const Verification verification{keys, message, body, rules};
  Error refusal = refused(Errc::kSignatureInvalid, "none with the tag that is wanted");
  for (const auto& [label, member] : fields.value().inputs) {
    const auto* input = std::get_if<sf::InnerList>(&member);
    const auto* signature = signature_under(fields.value().signatures, label);
    const auto claims = input == nullptr ? std::nullopt : read_claims(input->params);
    if (!claims || signature == nullptr) {
      return refused(Errc::kSignatureInvalid, "Signature-Input or Signature is malformed");
    }
    if (!rules.tag.empty() && claims->tag != rules.tag) continue;
    Status status = verification.genuine(*input, *claims, *signature);
    if (status) status = check_times(*claims, rules, now);
    if (status && nonces != nullptr && claims->nonce) {
      const Instant created{seconds{*claims->created}};
      const Instant until = claims->expires ? Instant{seconds{*claims->expires}}
                                            : created + rules.tolerance + seconds{1};
      status = nonces->add(*claims->keyid, *claims->nonce, until, now);
    }
    if (status) return VerifiedSignature{label, *claims->keyid, claims->nonce.value_or("")};
    if (progress(status.error().code) >= progress(refusal.code)) refusal = status.error();
  }
  return refusal;
}

}  // namespace cw::crypto
