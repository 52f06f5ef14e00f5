// Two certificates of ours that overlap while one replaces the other.
#include "http_fixture.hpp"
#include "support/wait.hpp"

#include <fstream>

namespace cw::http {
namespace {

using namespace std::chrono_literals;
using Kind = test::CertificateKind;
using Role = TlsContext::Role;

constexpr std::chrono::days kDay{1};

class TlsIdentitiesTest : public HttpTest {
 protected:
  /// An authority of this test's own, so that names may be issued anew.
  test::TestCa own_;
  const test::TempDir dir_;

  void put(const std::string& stem, const test::CertificateFiles& from) const {
    dir_.write(stem + ".pem", test::read_file(from.certificate));
    dir_.write(stem + ".key", test::read_file(from.key));
  }
  [[nodiscard]] TlsFiles both() const {
    return {.certificate = dir_ / "a.pem",
            .key = dir_ / "a.key",
            .ca = own_.ca().string(),
            .next_certificate = dir_ / "b.pem",
            .next_key = dir_ / "b.key"};
  }
  test::CertificateFiles old_one() {
    return own_.issue(Kind::kServer, "old", {"20 days ago", "10 days"});
  }
  test::CertificateFiles new_one() {
    return own_.issue(Kind::kServer, "new", {"1 day ago", "30 days"});
  }
  static std::shared_ptr<TlsContext> loaded(Role role, const TlsFiles& files) {
    auto context = TlsContext::load(role, files);
    EXPECT_TRUE(context) << context.error().detail;
    return context ? context.value() : nullptr;
  }
  static Error refusal(const TlsFiles& files) {
    const auto context = TlsContext::load(Role::kClient, files);
    return context ? Error{Errc::kInternal, "loaded"} : context.error();
  }
  void serve_with(std::shared_ptr<TlsContext> tls) {
    server_ = std::make_unique<Server>(
        io_.get_executor(), ServerOptions{}, echo_router(), std::move(tls));
    port_ = server_->start().value();
  }
};

TEST_F(TlsIdentitiesTest, TheNewestValidOneIsShownAtEachMoment) {
  put("a", old_one());
  put("b", own_.issue(Kind::kServer, "next", {"5 days", "40 days"}));
  const auto tls = loaded(Role::kClient, both());
  const Instant at = now();
  const auto shown = [&](std::chrono::days from_now) {
    const auto identity = tls->shown_at(at + from_now);
    return identity ? std::chrono::round<std::chrono::days>(identity->not_after - at).count() : 0;
  };
  EXPECT_EQ(shown(0 * kDay), 10);
  EXPECT_EQ(shown(4 * kDay), 10) << "the next one has not begun";
  EXPECT_EQ(shown(6 * kDay), 40) << "both are valid";
  EXPECT_EQ(shown(11 * kDay), 40);
  EXPECT_EQ(shown(41 * kDay), 0) << "an expired one is never shown";
  EXPECT_EQ(shown(-21 * kDay), 0);
  EXPECT_TRUE(tls->check(at));
  EXPECT_EQ(tls->check(at + 41 * kDay).error().code, Errc::kCertificateExpired);
  EXPECT_EQ(std::chrono::round<std::chrono::days>(tls->expires_at() - at), 40 * kDay);
}

TEST_F(TlsIdentitiesTest, ADayBetweenTheTwoEndsWhatIsThere) {
  put("a", old_one());
  put("b", own_.issue(Kind::kServer, "late", {"11 days", "40 days"}));
  const auto tls = loaded(Role::kClient, both());
  EXPECT_EQ(std::chrono::round<std::chrono::days>(tls->expires_at() - now()), 10 * kDay);
}

TEST_F(TlsIdentitiesTest, BothSidesShowTheNewerOneOnNewConnections) {
  put("a", old_one());
  const auto server = loaded(Role::kServer, both());
  serve_with(server);
  put("b", own_.issue(Kind::kClient, "client-new", {"1 day ago", "30 days"}));
  put("a", own_.issue(Kind::kClient, "client-old", {"20 days ago", "10 days"}));
  const auto client_tls = loaded(Role::kClient, both());
  Client client(io_.get_executor(), client_tls);

  EXPECT_EQ(send(client, request("GET", "/hello")).value().body, "hello client-new");
  const std::string endpoint = request("GET", "/").url.endpoint();
  const auto ends = client_tls->server_expires_at(endpoint);
  ASSERT_TRUE(ends);
  EXPECT_EQ(std::chrono::round<std::chrono::days>(*ends - now()), 10 * kDay);

  put("a", own_.files("old"));
  put("b", new_one());
  ASSERT_TRUE(server->reload());
  client.close_idle();
  EXPECT_EQ(send(client, request("GET", "/hello")).value().body, "hello client-new");
  EXPECT_EQ(std::chrono::round<std::chrono::days>(*client_tls->server_expires_at(endpoint) - now()),
            30 * kDay)
      << "the server's newer certificate was seen";
}

TEST_F(TlsIdentitiesTest, TheNextOnesFilesMayComeLater) {
  put("a", old_one());
  const auto tls = loaded(Role::kClient, both());
  const auto first = tls->shown_at(now());
  put("b", new_one());
  EXPECT_EQ(tls->shown_at(now())->fingerprint, first->fingerprint);
  ASSERT_TRUE(tls->reload());
  EXPECT_NE(tls->shown_at(now())->fingerprint, first->fingerprint);
}

TEST_F(TlsIdentitiesTest, AFaultyNextOneIsNotTakenAndTheOldOneStays) {
  put("a", old_one());
  const auto tls = loaded(Role::kClient, both());
  const auto first = tls->shown_at(now())->fingerprint;
  put("b", new_one());
  dir_.write("b.key", test::read_file(own_.files("old").key));
  EXPECT_EQ(tls->reload().error().code, Errc::kKeyInvalid) << "not the certificate's key";
  std::filesystem::remove(dir_ / "b.key");
  EXPECT_EQ(tls->reload().error().code, Errc::kFileRead) << "half of it is there";
  EXPECT_EQ(tls->shown_at(now())->fingerprint, first);
}

TEST_F(TlsIdentitiesTest, AnExpiredOneBesideAValidOneIsNoFault) {
  put("a", own_.issue(Kind::kExpired, "expired"));
  put("b", new_one());
  const auto tls = loaded(Role::kClient, both());
  EXPECT_EQ(std::chrono::round<std::chrono::days>(tls->expires_at() - now()), 30 * kDay);
}

TEST_F(TlsIdentitiesTest, WithNoneValidThereIsNothingToLoad) {
  put("a", own_.issue(Kind::kExpired, "expired"));
  put("b", own_.issue(Kind::kClient, "early", {"1 day", "30 days"}));
  EXPECT_EQ(refusal(both()).code, Errc::kCertificateExpired);
}

TEST_F(TlsIdentitiesTest, ACertificateAndItsKeyAreNamedTogether) {
  put("a", old_one());
  TlsFiles files = both();
  files.next_key.clear();
  EXPECT_EQ(refusal(files).code, Errc::kKeyInvalid);
}

TEST_F(TlsIdentitiesTest, AChainThatDoesNotHoldIsRefused) {
  put("a", old_one());
  TlsFiles files = both();
  const std::string leaf = test::read_file(own_.files("old").certificate);
  dir_.write("a.pem", leaf + test::read_file(own_.ca().string()));
  EXPECT_TRUE(TlsContext::load(Role::kClient, files));
  dir_.write("a.pem", leaf + test::read_file(new_one().certificate));
  EXPECT_EQ(refusal(files).code, Errc::kKeyInvalid) << "the second did not sign the first";
}

TEST_F(TlsIdentitiesTest, OneThatOnlySaysItIsOurAuthoritysIsRefused) {
  test::TestCa same_name;
  put("a", same_name.issue(Kind::kClient, "forged"));
  EXPECT_EQ(refusal(both()).code, Errc::kKeyInvalid);
  put("a", own_.issue(Kind::kStranger, "stranger"));
  EXPECT_TRUE(loaded(Role::kClient, both())) << "our peers may trust another authority";
}

TEST_F(TlsIdentitiesTest, ExpiredWhileRunningNothingIsSentOrAnswered) {
  const auto brief = own_.issue(Kind::kServer, "brief", {"1 day ago", "4 seconds"});
  put("a", brief);
  const auto tls = loaded(Role::kServer, both());
  serve_with(tls);
  put("b", new_one());
  TlsFiles good = both();
  good.certificate = good.next_certificate;
  good.key = good.next_key;
  Client client(io_.get_executor(), loaded(Role::kClient, good));
  ASSERT_TRUE(send(client, request("GET", "/hello")));
  const auto expiring = loaded(Role::kClient,
                               {.certificate = brief.certificate.string(),
                                .key = brief.key.string(),
                                .ca = own_.ca().string()});
  ASSERT_TRUE(test::wait_until([&] { return !tls->check(now()) && !expiring->check(now()); }));

  Client late(io_.get_executor(), expiring);
  EXPECT_EQ(send(late, request("GET", "/hello")).error().code, Errc::kCertificateExpired);
  client.close_idle();
  EXPECT_FALSE(send(client, request("GET", "/hello")));
  EXPECT_TRUE(logged("certificate_not_valid"));
}

}  // namespace
}  // namespace cw::http
