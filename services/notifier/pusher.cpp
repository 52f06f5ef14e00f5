#include "notifier/pusher.hpp"

#include "lib/base/time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;

http::ClientOptions client_options(const PushConfig& config, http::Resolver resolver) {
  return {.resolve_timeout = config.resolve_timeout,
          .connect_timeout = config.connect_timeout,
          .handshake_timeout = config.handshake_timeout,
          .write_timeout = config.write_timeout,
          .response_timeout = config.response_timeout,
          .response_bytes_max = config.response_bytes_max,
          .idle_connections_max = 1,
          .idle_timeout = config.idle_timeout,
          .resolver = std::move(resolver)};
}

constexpr std::string_view kContentType = "application/jose";

/// As the receiver sees it: the scheme's own port is not part of it.
std::string target_uri(const http::Url& url) {
  std::string endpoint = url.endpoint();
  constexpr std::string_view kOwnPort = ":443";
  if (url.port == 443) endpoint.resize(endpoint.size() - kOwnPort.size());
  return endpoint + url.target;
}

Result<http::ClientRequest> make_request(const PushTarget& target,
                                         const BuiltBatch& batch,
                                         Instant at) {
  const std::string uri = target_uri(target.url);
  auto signature = target.signer.headers(
      {.id = batch.id, .target_uri = uri, .content_type = kContentType, .body = batch.body}, at);
  if (!signature) return signature.error();
  http::ClientRequest request{.method = "POST",
                              .url = target.url,
                              .headers = {{"Content-Type", std::string(kContentType)}},
                              .body = batch.body,
                              .private_addresses = target.private_addresses};
  for (auto& [name, value] : signature.value()) {
    request.headers.add(std::move(name), std::move(value));
  }
  return request;
}

}  // namespace

Pusher::Pusher(const asio::any_io_executor& executor,
               asio::any_io_executor strand,
               std::shared_ptr<http::TlsContext> tls,
               const PushConfig& config,
               http::Resolver resolver)
    : strand_(std::move(strand)),
      tls_(std::move(tls)),
      config_(config),
      client_(executor, tls_, client_options(config, std::move(resolver))) {}

http::Task<PushOutcome> Pusher::push(const PushTarget& target, const BuiltBatch& batch) {
  const Instant at = now();
  Response response;
  auto request = make_request(target, batch, at);
  const Status valid = tls_->check(at);
  if (cancelled_) {
    response = Error{Errc::kCancelled, "stopping"};
  } else if (!valid) {
    response = valid.error();
  } else if (!request) {
    response = request.error();
  } else {
    auto attempt = post(std::move(request).value());
    response =
        co_await asio::co_spawn(strand_,
                                std::move(attempt),
                                asio::bind_cancellation_slot(cancel_.slot(), asio::use_awaitable));
  }
  co_return judge(*response, batch, now(), config_.retry_after_max);
}

http::Task<Pusher::Response> Pusher::post(http::ClientRequest request) {
  try {
    auto response = co_await client_.send(std::move(request));
    if (cancelled_ && !response) co_return Error{Errc::kCancelled, "stopping"};
    co_return response;
  } catch (const boost::system::system_error&) {
    co_return Error{Errc::kCancelled, "stopping"};
  }
}

void Pusher::cancel() {
  cancelled_ = true;
  cancel_.emit(asio::cancellation_type::terminal);
}

}  // namespace cw::notifier
