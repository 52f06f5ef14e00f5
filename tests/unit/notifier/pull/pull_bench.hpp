#pragma once

#include "lib/http/blocking.hpp"
#include "lib/http/router.hpp"
#include "lib/telemetry/registry.hpp"
#include "notifier/pull/pull_api.hpp"
#include "notifier/pull/pull_routes.hpp"
#include "unit/notifier/feed_samples.hpp"
#include "unit/notifier/reconcile/receiver_model.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::notifier::test {

inline const IssuerId kOther{"jcb-b"};

/// Two issuers' feeds in memory, with the rules of a DeliveryWorker for acknowledgements.
class FakeDesk final : public PullDesk {
 public:
  struct Feed {
    std::shared_ptr<IssuerFeed> feed;
    FeedSettings settings;
    codec::FeedState state;
  };

  Feed& add(const IssuerId& issuer, FeedMode mode, const crypto::PrivateKey& key);

  [[nodiscard]] Result<PullPlace> place(const IssuerId& issuer) const override;
  [[nodiscard]] Result<FeedStatus> status(const IssuerId& issuer) const override;
  [[nodiscard]] http::Task<Status> acknowledge(IssuerId issuer, codec::FeedAck ack) override;
  [[nodiscard]] http::Task<std::optional<Status>> order(
      IssuerId issuer, FeedOrder order, std::chrono::milliseconds patience) override;

  std::map<IssuerId, Feed> feeds;
  std::uint32_t epoch = 1;
  bool carries_out = true;  ///< Orders are done at once.
};

class MemoryAnswerLog final : public AnswerLog {
 public:
  [[nodiscard]] http::Task<Status> write(std::vector<IssuerAnswer> answers) override;

  std::vector<IssuerAnswer> written;
  bool away = false;
};

/// Requests through the router, without sockets.
class PullTest : public testing::Test {
 protected:
  PullTest();

  /// Another feed of the same issuer in the other mode.
  void set_mode(FeedMode mode) { desk_.feeds.at(kIssuer).settings.mode = mode; }
  [[nodiscard]] IssuerFeed& feed(const IssuerId& issuer = kIssuer) {
    return *desk_.feeds.at(issuer).feed;
  }
  void write(const WatchChange& change);
  void write_cards(std::uint64_t first, std::uint64_t last, const IssuerId& issuer = kIssuer);

  struct Asked {
    std::string method = "GET";
    std::string target = {};
    std::string body = {};
    std::string principal = "jcb-a";
    http::Headers headers = {};
  };
  /// The answer, with a streamed body collected.
  [[nodiscard]] http::Response ask(const Asked& asked);
  [[nodiscard]] http::Response get(const std::string& target) { return ask({.target = target}); }
  [[nodiscard]] http::Response post(const std::string& target, const std::string& body) {
    return ask({.method = "POST", .target = target, .body = body});
  }
  [[nodiscard]] http::Task<http::Response> asking(const Asked& asked);
  static bool has(const http::Response& response, std::string_view text) {
    return response.body.find(text) != std::string::npos;
  }
  /// Lines of application/jose-seq.
  static std::vector<std::string> lines(const http::Response& response);

  boost::asio::io_context io_;
  crypto::PrivateKey other_key_ = crypto::PrivateKey::generate(crypto::KeyType::kEcP256);
  KeyRing ring_ = keys().ring();
  BatchBuilder builder_{ring_};
  telemetry::Registry metrics_;
  FakeDesk desk_;
  MemoryAnswerLog log_;
  CardAnswers answers_{log_, metrics_};
  PullApi api_{{desk_, builder_, answers_, nullptr, metrics_},
               {.requests_per_second = 10'000, .waiting = {.per_issuer = 2, .in_all = 3}}};
  http::Router router_;

 private:
  std::map<IssuerId, std::uint64_t> seq_;
};

}  // namespace cw::notifier::test
