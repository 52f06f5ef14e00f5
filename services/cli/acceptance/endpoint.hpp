#pragma once

#include "cli/acceptance/push_signer.hpp"
#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/domain/feed_settings.hpp"
#include "lib/http/client.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::cli {

/// Where the endpoint is and with what it is spoken to.
struct EndpointOptions {
  std::string url;
  http::TlsFiles tls;
  std::string encryption_key;  ///< File: the issuer's public JWK.
  FeedSignature signature = FeedSignature::kStandardWebhooks;
  /// Files, of secrets or of private keys by the kind of signature; every push is signed with each.
  std::vector<std::string> signing_keys;
  std::chrono::milliseconds timeout{};  ///< For the answer.
};

/// What is deliberately wrong with a push.
enum class Flaw {
  kNone,
  kAlteredBody,  ///< Signed, then one byte of it changed.
  kOtherSecret,  ///< Or another private key.
  kNoSignature,
  kUnknownKey,  ///< Encrypted to a key that the issuer does not have.
};

struct Sending {
  std::string id = {};
  Flaw flaw = Flaw::kNone;
  std::chrono::seconds clock_off{};  ///< Added to the time of the signature.
};

/// What came back.
struct Answer {
  int status = 0;                             ///< 0: nothing; then `failure` says why.
  std::optional<Error> failure = {};          ///< Also for a body that is not JSON.
  std::optional<codec::JsonDocument> body{};  ///< If there was one.

  [[nodiscard]] bool accepted() const noexcept { return status == 200 || status == 202; }
  /// A member of the body; does not exist if there is none.
  [[nodiscard]] codec::JsonValue operator[](std::string_view name) const;
};

/// The issuer's endpoint, as a sender sees it: encrypts, signs and posts over mutual TLS.
/// THREAD: not safe; blocks.
class Endpoint {
 public:
  /// Fails as parse_url (also: not https), TlsContext::load, PublicKey::load, PushSigner.
  [[nodiscard]] static Result<std::unique_ptr<Endpoint>> create(const EndpointOptions& options);

  /// One POST of the batch `text`.
  [[nodiscard]] Answer push(const Sensitive& text, const Sending& sending);
  /// Posts again what was pushed under that id, byte for byte, signed anew.
  [[nodiscard]] Answer push_again(const std::string& id);

  [[nodiscard]] const PushSigner& signer() const noexcept { return signer_; }

 private:
  Endpoint(http::Url url,
           std::shared_ptr<http::TlsContext> tls,
           http::ClientOptions options,
           crypto::PublicKey key,
           PushSigner signer);

  [[nodiscard]] Answer post(const std::string& body, const Sending& sending);

  http::Url url_;
  crypto::PublicKey key_;
  PushSigner signer_;
  boost::asio::io_context io_;
  http::Client client_;
  std::map<std::string, std::string> bodies_;  ///< Encrypted, by id.
};

}  // namespace cw::cli
