#include "issuer_imposter.hpp"

#include "lib/codec/feed_answer.hpp"
#include "lib/crypto/jwe.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <stdexcept>

namespace cw::notifier::test {
namespace {

namespace asio = boost::asio;

bool signature_valid(const http::Request& request, const std::string& body) {
  const auto header = [&](std::string_view name) {
    return request.headers.find(name).value_or(std::string_view{});
  };
  const std::vector keys = {crypto::WebhookVerifier::parse(Sensitive{kSecret}).value()};
  const auto verified = crypto::verify_webhook(keys,
                                               {.id = header("webhook-id"),
                                                .timestamp = header("webhook-timestamp"),
                                                .signature = header("webhook-signature")},
                                               body,
                                               now());
  return verified.has_value();
}

codec::FeedBatch open(const std::string& body) {
  const auto message = crypto::jwe_decrypt(keys().issuer, body);
  if (!message) throw std::runtime_error("the imposter cannot decrypt the batch");
  auto batch = codec::decode_feed_batch(message.value().plaintext.reveal());
  if (!batch) throw std::runtime_error("the imposter cannot read the batch");
  return std::move(batch).value();
}

}  // namespace

IssuerImposter::IssuerImposter(asio::io_context& io,
                               const cw::test::TestCa& ca,
                               const std::string& certificate) {
  const auto files = ca.files(certificate);
  auto tls =
      http::TlsContext::load(http::TlsContext::Role::kServer,
                             {files.certificate.string(), files.key.string(), ca.ca().string()});
  if (!tls) throw std::runtime_error(tls.error().detail);
  http::Router router;
  router.add("POST",
             "/feeds/{issuer}",
             {.body_bytes_max = 16U << 20U},
             [this](const http::Request& request, http::BodyReader& body) {
               return handle(request, body);
             });
  server_ = std::make_unique<http::Server>(
      io.get_executor(), http::ServerOptions{.name = "imposter"}, router, tls.value());
  auto port = server_->start();
  if (!port) throw std::runtime_error(port.error().detail);
  port_ = port.value();
}

void IssuerImposter::behave(Behaviour behaviour) {
  const std::lock_guard lock{mutex_};
  behaviour_ = std::move(behaviour);
}

void IssuerImposter::answer(std::vector<http::Response> responses) {
  const auto queue =
      std::make_shared<std::deque<http::Response>>(responses.begin(), responses.end());
  behave([queue](const Received&) -> std::optional<http::Response> {
    if (queue->empty()) return std::nullopt;
    auto response = queue->front();
    queue->pop_front();
    return response;
  });
}

std::string IssuerImposter::url(const IssuerId& issuer) const {
  return "https://localhost:" + std::to_string(port_) + "/feeds/" + issuer.get();
}

std::vector<Received> IssuerImposter::received() const {
  const std::lock_guard lock{mutex_};
  return received_;
}

std::map<std::string, std::uint64_t> IssuerImposter::cards() const {
  const std::lock_guard lock{mutex_};
  std::map<std::string, std::uint64_t> held;
  for (const auto& [pan, entry] : cards_) held.emplace(pan, entry.first);
  return held;
}

http::Task<http::Response> IssuerImposter::handle(const http::Request& request,
                                                  http::BodyReader& body) {
  auto text = co_await body.read_all(16U << 20U);
  if (!text) co_return http::Response::empty(400);
  const auto batch = open(text.value());
  Received got{.issuer = std::string{request.path_params.get("issuer")},
               .id = std::string{request.headers.find("webhook-id").value_or("")},
               .timestamp = std::string{request.headers.find("webhook-timestamp").value_or("")},
               .body = text.value(),
               .content_type = std::string{request.headers.find("content-type").value_or("")},
               .peer = request.peer.common_name,
               .signature_valid = signature_valid(request, text.value()),
               .at = std::chrono::steady_clock::now(),
               .seqs = {},
               .pans = {},
               .after = batch.head.after,
               .more = batch.head.more,
               .verification = batch.head.verification.value_or(""),
               .notice = batch.head.notice,
               .replacing = batch.head.replaces.has_value()};
  for (const auto& entry : batch.entries) {
    got.seqs.push_back(entry.seq);
    got.pans.emplace_back(entry.pan.reveal());
  }
  std::optional<http::Response> told;
  {
    const std::lock_guard lock{mutex_};
    received_.push_back(got);
    if (behaviour_) told = behaviour_(got);
    if (!told) co_return accept(batch);
  }
  if (told->status == kHang) {
    asio::steady_timer timer{co_await asio::this_coro::executor, std::chrono::hours{1}};
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return *told;
}

void IssuerImposter::replace(const codec::FeedBatch& batch) {
  const auto range = *batch.head.replaces;
  std::erase_if(cards_, [&](const auto& card) {
    return range.holds(crypto::card_position(Pan::parse(card.first).value()));
  });
}

http::Response IssuerImposter::accept(const codec::FeedBatch& batch) {
  if (batch.head.replaces) replace(batch);
  for (const auto& entry : batch.entries) {
    const std::string pan{entry.pan.reveal()};
    if (entry.op == FeedOp::kDelt) {
      cards_.erase(pan);
    } else {
      cards_[pan] = {entry.seq, crypto::sha256(entry.canonical.reveal())};
    }
  }
  const bool moves = !batch.head.replaces && !batch.head.verification;
  if (moves) through_ = std::max(through_, batch.head.through);
  crypto::FeedDigest digest;
  for (const auto& [pan, entry] : cards_) digest.add(entry.second);
  const std::uint64_t through = moves ? batch.head.through : through_;
  codec::FeedAnswer answer{
      .accepted_through = through,
      .applied_through = through,
      .epoch = batch.head.epoch,
      .rejected = {},
      .digest = codec::FeedAnswer::Digest{through, cards_.size(), digest.hex()},
      .verification = batch.head.verification};
  return http::Response::json(200, codec::encode(answer));
}

std::vector<Received> IssuerImposter::batches() const {
  return received(/*verifications=*/false);
}

std::vector<Received> IssuerImposter::verifications() const {
  return received(/*verifications=*/true);
}

std::vector<Received> IssuerImposter::received(bool verifications) const {
  auto list = received();
  std::erase_if(list,
                [&](const Received& one) { return one.verification.empty() == verifications; });
  return list;
}

}  // namespace cw::notifier::test
