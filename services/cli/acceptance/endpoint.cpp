#include "cli/acceptance/endpoint.hpp"

#include "lib/base/assert.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/jwe.hpp"
#include "lib/crypto/key_file.hpp"
#include "lib/http/blocking.hpp"

#include <utility>

namespace cw::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = 1U << 20U;
constexpr const char* kContentType = "application/jose";
constexpr std::uint16_t kHttpsPort = 443;

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
}

/// As the receiver sees it: without the port that https has anyway.
std::string target_uri(const http::Url& url) {
  std::string endpoint = url.endpoint();
  if (url.port == kHttpsPort) endpoint.resize(endpoint.rfind(':'));
  return endpoint + url.target;
}

SignedBy signed_by(Flaw flaw) {
  if (flaw == Flaw::kNoSignature) return SignedBy::kNobody;
  return flaw == Flaw::kOtherSecret ? SignedBy::kStranger : SignedBy::kSender;
}

/// A JWK, or PEM.
Result<crypto::PublicKey> load_key(const std::string& path) {
  const auto file = crypto::read_key_file(path);
  if (!file) return file.error();
  const std::string_view text = file.value().content.reveal();
  const bool json = text.find_first_not_of(" \t\r\n") == text.find('{');
  auto key = json ? crypto::PublicKey::from_jwk(text) : crypto::PublicKey::from_pem(text);
  if (!key) return Error{key.error().code, path + ": " + key.error().detail};
  return key;
}

Answer read_answer(Result<http::ClientResponse> response) {
  Answer answer;
  if (!response) {
    answer.failure = response.error();
    return answer;
  }
  answer.status = response.value().status;
  if (response.value().body.empty()) return answer;
  auto body = codec::JsonDocument::parse(response.value().body, kAnswerBytesMax);
  if (body) {
    answer.body = std::move(body).value();
  } else {
    answer.failure = body.error();
  }
  return answer;
}

}  // namespace

codec::JsonValue Answer::operator[](std::string_view name) const {
  return body ? body->root()[name] : codec::JsonValue{};
}

Endpoint::Endpoint(http::Url url,
                   std::shared_ptr<http::TlsContext> tls,
                   http::ClientOptions options,
                   crypto::PublicKey key,
                   PushSigner signer)
    : url_(std::move(url)),
      key_(std::move(key)),
      signer_(std::move(signer)),
      client_(io_.get_executor(), std::move(tls), std::move(options)) {}

Result<std::unique_ptr<Endpoint>> Endpoint::create(const EndpointOptions& options) {
  auto url = http::parse_url(options.url);
  if (!url) return std::move(url).error();
  if (!url.value().tls) return Error{Errc::kBadRequest, "--url: a feed is sent to https only"};
  auto tls = http::TlsContext::load(http::TlsContext::Role::kClient, options.tls);
  if (!tls) return std::move(tls).error();
  auto key = load_key(options.encryption_key);
  if (!key) return std::move(key).error();
  const http::ClientOptions client{.response_timeout = options.timeout,
                                   .response_bytes_max = kAnswerBytesMax,
                                   .idle_connections_max = 1};
  auto signer = options.signature == FeedSignature::kStandardWebhooks
                    ? PushSigner::webhooks(options.signing_keys)
                    : PushSigner::messages(options.signing_keys);
  if (!signer) return std::move(signer).error();
  return std::unique_ptr<Endpoint>(new Endpoint(std::move(url).value(),
                                                std::move(tls).value(),
                                                client,
                                                std::move(key).value(),
                                                std::move(signer).value()));
}

Answer Endpoint::push(const Sensitive& text, const Sending& sending) {
  const bool unknown = sending.flaw == Flaw::kUnknownKey;
  const auto stranger_key = unknown ? crypto::PrivateKey::generate(key_.type()).public_key() : key_;
  auto body = crypto::jwe_encrypt(
      stranger_key, text.reveal(), {.cty = "json", .iat = seconds_now(), .extra = {}});
  if (!body) return {.failure = body.error()};
  return post(bodies_.insert_or_assign(sending.id, std::move(body).value()).first->second, sending);
}

Answer Endpoint::push_again(const std::string& id) {
  const auto found = bodies_.find(id);
  CW_ASSERT(found != bodies_.end());
  return post(found->second, {.id = id});
}

Answer Endpoint::post(const std::string& body, const Sending& sending) {
  const std::string uri = target_uri(url_);
  const auto headers = signer_.headers(
      {.id = sending.id, .target_uri = uri, .content_type = kContentType, .body = body},
      now() + sending.clock_off,
      signed_by(sending.flaw));
  if (!headers) return {.failure = headers.error()};
  http::ClientRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers.set("Content-Type", kContentType);
  for (const auto& [name, value] : headers.value()) request.headers.set(name, value);
  request.body = body;
  if (sending.flaw == Flaw::kAlteredBody) {
    char& last = request.body.back();
    last = last == 'A' ? 'Q' : 'A';
  }
  // Whoever runs this names the address by hand.
  request.private_addresses = http::PrivateAddresses::kAllow;
  return read_answer(http::run_blocking(io_, client_.send(std::move(request))));
}

}  // namespace cw::cli
