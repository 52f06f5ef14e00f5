#include "notifier/pusher.hpp"

#include "lib/base/time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;

http::ClientOptions client_options(const PushConfig& config) {
  return {.resolve_timeout = config.resolve_timeout,
          .connect_timeout = config.connect_timeout,
          .handshake_timeout = config.handshake_timeout,
          .write_timeout = config.write_timeout,
          .response_timeout = config.response_timeout,
          .response_bytes_max = config.response_bytes_max,
          .idle_connections_max = 1,
          .idle_timeout = config.idle_timeout};
}

http::ClientRequest make_request(const PushTarget& target, const BuiltBatch& batch, Instant at) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  const crypto::WebhookMessage message{.id = batch.id, .timestamp = seconds, .body = batch.body};
  return {.method = "POST",
          .url = target.url,
          .headers = {{"Content-Type", "application/jose"},
                      {"webhook-id", batch.id},
                      {"webhook-timestamp", std::to_string(seconds)},
                      {"webhook-signature", target.signer.sign(message)}},
          .body = batch.body,
          .private_addresses = target.private_addresses};
}

}  // namespace

Pusher::Pusher(const asio::any_io_executor& executor,
               asio::any_io_executor strand,
               std::shared_ptr<http::TlsContext> tls,
               const PushConfig& config)
    : strand_(std::move(strand)),
      tls_(std::move(tls)),
      config_(config),
      client_(executor, tls_, client_options(config)) {}

http::Task<PushOutcome> Pusher::push(const PushTarget& target, const BuiltBatch& batch) {
  const Instant at = now();
  Response response;
  if (cancelled_) {
    response = Error{Errc::kCancelled, "stopping"};
  } else if (tls_->expires_at() <= at) {
    response = Error{Errc::kCertificateExpired, "our certificate for pushing"};
  } else {
    auto attempt = post(make_request(target, batch, at));
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
