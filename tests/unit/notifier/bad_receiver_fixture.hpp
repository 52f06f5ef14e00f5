#pragma once

#include "support/bad_tls_server.hpp"
#include "worker_fixture.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cw::notifier::test {

/// Beside the issuer of WorkerTest, which is to be treated badly, another one with an endpoint in
/// good health; deadlines of some hundred milliseconds.
class BadReceiverTest : public WorkerTest {
 protected:
  BadReceiverTest();
  ~BadReceiverTest() override;

  /// Five cards for the issuer, whose endpoint is `url`; delivery begins.
  void deliver_to(const std::string& url);
  void deliver_to(FeedSettings settings);
  /// Pushes that ended so.
  [[nodiscard]] double pushes(std::string_view outcome) const;
  [[nodiscard]] bool until_pushes(std::string_view outcome, double count = 1) const;
  /// A failed delivery with this outcome and error; the alarm of the circuit follows; nothing is
  /// given up.
  void expect_failures(std::string_view outcome, std::string_view error);
  /// Not a failed delivery: the feed is paused, with its alarm, until somebody mends it.
  void expect_paused(std::string_view outcome, std::string_view error);
  /// The other issuer gets what is written for it now.
  void expect_healthy_goes_on();
  /// With an endpoint in good health the issuer gets everything.
  void expect_nothing_lost();

  [[nodiscard]] cw::test::BadTlsServer bad(cw::test::BadTlsServer::Script script,
                                           const std::string& certificate = "issuer-server") {
    return {io_, ca(), certificate, std::move(script)};
  }
  static const cw::test::TestCa& other_ca();

 private:
  void write_healthy(std::uint64_t first, std::uint64_t last);

  const IssuerId healthy_id_{"healthy"};
  IssuerImposter healthy_{io_, ca()};
  std::shared_ptr<DeliveryWorker> healthy_worker_;
  std::shared_ptr<std::atomic<bool>> healthy_ended_ = std::make_shared<std::atomic<bool>>(true);
  std::int64_t healthy_offset_ = 1'000'000;
  std::uint64_t healthy_cards_ = 0;
};

}  // namespace cw::notifier::test
