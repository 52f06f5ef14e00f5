#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/message_components.hpp"
#include "lib/crypto/nonce_book.hpp"
#include "lib/crypto/signature_key.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// HTTP message signatures (RFC 9421) as the issuer feed uses them.
namespace cw::crypto {

/// What is covered: `@method @target-uri content-type content-digest`.
[[nodiscard]] std::span<const std::string_view> feed_components();
inline constexpr std::string_view kFeedSignatureTag = "cardwatch";

/// How a message is signed beside the keys.
struct SignatureTerms {
  std::span<const std::string_view> components = feed_components();  ///< Without parameters.
  Instant created = {};
  std::chrono::seconds lifetime{300};  ///< expires - created.
  std::string_view tag = kFeedSignatureTag;
};

/// The headers to add to `message`: Signature-Input and Signature, with one signature for each key
/// (labels sig1, sig2, ...), each under its own fresh nonce. Content-Digest must stand among the
/// message's headers already if it is covered. Fails with kSignatureComponents if the message lacks
/// a component.
[[nodiscard]] Result<std::vector<HeaderField>> sign_message(std::span<const SigningKey> keys,
                                                            const MessageView& message,
                                                            const SignatureTerms& terms);

/// What a signature must be to count.
struct SignatureRules {
  std::span<const std::string_view> components = feed_components();  ///< At least these.
  std::string_view tag = kFeedSignatureTag;                          ///< Empty: any or none.
  std::chrono::seconds tolerance{300};                               ///< Of `created`, either way.
  std::chrono::seconds lifetime_max{3600};
  bool expires_required = true;
  bool nonce_required = true;

  static constexpr std::size_t kSignaturesMax = 8;
};

/// A signature that was found good.
struct VerifiedSignature {
  std::string label;
  std::string keyid;
  std::string nonce;
};

/// Accepts if one of the message's signatures is by a known key and keeps to the rules; `body` is
/// checked against Content-Digest if that is covered, and a genuine signature's nonce is noted in
/// `nonces` (nullptr: it may come again). What only a genuine sender is told comes last. Fails with
/// - kSignatureInvalid: no or malformed fields, no signature with the tag, more than
///   kSignaturesMax, a repeated label, `alg` is not the key's, or the signature is not genuine;
/// - kSignatureKey: every signature with the tag is by a key that we do not know;
/// - kSignatureComponents: a required component or parameter is not covered, or the message lacks
///   one that is;
/// - kContentDigest: the body is not the one that was signed;
/// - kTimestampSkew: `created` is more than the tolerance away; kSignatureExpired: `expires` has
///   passed, or lies too far behind `created`;
/// - kSignatureReplayed: the nonce was used; kLimitReached: the book of nonces is full.
[[nodiscard]] Result<VerifiedSignature> verify_message(std::span<const VerificationKey> keys,
                                                       const MessageView& message,
                                                       std::string_view body,
                                                       const SignatureRules& rules,
                                                       Instant now,
                                                       NonceBook* nonces);

}  // namespace cw::crypto
