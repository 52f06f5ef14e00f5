#pragma once

#include "feed_samples.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/crypto/webhook_signature.hpp"
#include "lib/http/server.hpp"
#include "support/test_ca.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cw::notifier::test {

/// What the imposter was sent.
struct Received {
  std::string issuer;  ///< From the path.
  std::string id;
  std::string timestamp;
  std::string body;
  std::string content_type;
  std::string peer;
  bool signature_valid = false;
  std::chrono::steady_clock::time_point at;
  std::vector<std::uint64_t> seqs;
  std::vector<std::string> pans;
  std::uint64_t after = 0;
  bool more = false;
  std::string verification;  ///< The state; empty: a batch of another kind.
  std::optional<codec::FeedNotice> notice;
  bool replacing = false;
};

/// An issuer's endpoint over mutual TLS that records what it gets and answers as told; by default
/// it accepts, holds the cards like a real issuer and tells its digest.
class IssuerImposter {
 public:
  /// nullopt: the default. A status of kHang: never answers.
  using Behaviour = std::function<std::optional<http::Response>(const Received&)>;
  static constexpr int kHang = -1;

  IssuerImposter(boost::asio::io_context& io,
                 const cw::test::TestCa& ca,
                 const std::string& certificate = "issuer-server");

  /// For pushes from now on.
  void behave(Behaviour behaviour);
  /// `responses` one after the other, then the default.
  void answer(std::vector<http::Response> responses);

  [[nodiscard]] std::string url(const IssuerId& issuer = kIssuer) const;
  [[nodiscard]] std::vector<Received> received() const;
  [[nodiscard]] std::size_t count() const { return received().size(); }
  /// Without verifications.
  [[nodiscard]] std::vector<Received> batches() const;
  /// Verifications only.
  [[nodiscard]] std::vector<Received> verifications() const;
  /// PAN -> seq of the cards that it holds.
  [[nodiscard]] std::map<std::string, std::uint64_t> cards() const;
  [[nodiscard]] std::uint32_t connections() const { return server_->connections(); }

 private:
  [[nodiscard]] http::Task<http::Response> handle(const http::Request& request,
                                                  http::BodyReader& body);
  [[nodiscard]] http::Response accept(const codec::FeedBatch& batch);
  void replace(const codec::FeedBatch& batch);
  [[nodiscard]] std::vector<Received> received(bool verifications) const;

  mutable std::mutex mutex_;
  Behaviour behaviour_;
  std::vector<Received> received_;
  std::map<std::string, std::pair<std::uint64_t, crypto::Sha256Digest>> cards_;
  std::uint64_t through_ = 0;
  std::uint16_t port_ = 0;
  std::unique_ptr<http::Server> server_;
};

}  // namespace cw::notifier::test
