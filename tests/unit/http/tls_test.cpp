#include "http_fixture.hpp"
#include "support/process.hpp"
#include "support/wait.hpp"

#include <fstream>

namespace cw::http {
namespace {

class TlsTest : public HttpTest {
 protected:
  /// What openssl's own client says, so that a refusal is seen from outside.
  std::string s_client(const std::vector<std::string>& extra) const {
    std::vector<std::string> command = {"sh", "-c"};
    std::string line =
        "printf 'GET /hello HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' | openssl "
        "s_client "
        "-ign_eof -connect 127.0.0.1:" +
        std::to_string(port_) + " -CAfile " + ca().ca().string();
    for (const std::string& each : extra) line += " " + each;
    command.push_back(line);
    return test::run_command(command).output;
  }

  static std::vector<std::string> certificate(const std::string& name) {
    return {"-cert", files(name).certificate, "-key", files(name).key};
  }

  Errc refusal(const std::string& client) {
    const auto response = send(request("GET", "/hello"), {}, client);
    return response ? Errc::kInternal : response.error().code;
  }
};

TEST_F(TlsTest, AClientWithoutCertificateGetsACleanAlertAndALogLine) {
  serve(echo_router());

  const std::string said = s_client({});

  EXPECT_NE(said.find("certificate required"), std::string::npos) << said;
  EXPECT_EQ(said.find("200 OK"), std::string::npos);
  EXPECT_TRUE(logged("\"event\":\"tls_refused\""));
  EXPECT_TRUE(logged("CLIENT_CERTIFICATE"));
}

TEST_F(TlsTest, AClientWithoutCertificateIsRefusedWithTls12Too) {
  serve(echo_router());

  const std::string said = s_client({"-tls1_2"});

  EXPECT_NE(said.find("alert handshake failure"), std::string::npos) << said;
  EXPECT_EQ(said.find("200 OK"), std::string::npos);
}

TEST_F(TlsTest, TakesTls12And13ButNothingOlder) {
  serve(echo_router());
  auto with = [this](const std::string& version) {
    auto extra = certificate("desk-a");
    extra.push_back(version);
    extra.push_back("-cipher ALL:@SECLEVEL=0");
    return s_client(extra);
  };

  EXPECT_NE(with("-tls1_3").find("200 OK"), std::string::npos);
  EXPECT_NE(with("-tls1_2").find("200 OK"), std::string::npos);
  const std::string old = with("-tls1_1");
  EXPECT_EQ(old.find("200 OK"), std::string::npos) << old;
  EXPECT_NE(old.find("alert protocol version"), std::string::npos) << old;
}

TEST_F(TlsTest, ACertificateOfAnotherAuthorityIsRefused) {
  serve(echo_router());

  EXPECT_EQ(refusal("stranger"), Errc::kTlsFailed);
  EXPECT_TRUE(logged("CLIENT_CERTIFICATE"));
}

TEST_F(TlsTest, AnExpiredClientCertificateIsRefused) {
  serve(echo_router());
  auto extra = certificate("expired");

  EXPECT_EQ(s_client(extra).find("200 OK"), std::string::npos);
  EXPECT_TRUE(logged("certificate has expired"));
}

TEST_F(TlsTest, TheClientRefusesAServerWithAnotherName) {
  server_ = std::make_unique<Server>(io_.get_executor(),
                                     ServerOptions{},
                                     echo_router(),
                                     context(TlsContext::Role::kServer, "elsewhere"));
  port_ = server_->start().value();

  const auto response = send(request("GET", "/hello"));

  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Errc::kTlsFailed);
  EXPECT_NE(response.error().detail.find("ostname mismatch"), std::string::npos)
      << response.error().detail;
}

TEST_F(TlsTest, TheClientRefusesAServerOfAnotherAuthority) {
  serve(echo_router());
  TlsFiles other = files("desk-a");
  other.ca = (ca().path() / "stranger-ca.pem").string();
  Client client(io_.get_executor(), TlsContext::load(TlsContext::Role::kClient, other).value());

  EXPECT_EQ(send(client, request("GET", "/hello")).error().code, Errc::kTlsFailed);
}

TEST_F(TlsTest, TheNameMayBeAnAddress) {
  serve(echo_router());
  auto get = request("GET", "/hello");
  get.url.host = "127.0.0.1";

  EXPECT_TRUE(send(std::move(get)).has_value());
}

TEST_F(TlsTest, UnusableFilesAreNamed) {
  const auto load = [](TlsFiles files) {
    const auto context = TlsContext::load(TlsContext::Role::kServer, std::move(files));
    return context ? Error{Errc::kInternal, "loaded"} : context.error();
  };
  TlsFiles good = files("intake");

  const Error missing = load({"/nowhere/a.pem", good.key, good.ca});
  EXPECT_EQ(missing.code, Errc::kFileRead);
  EXPECT_NE(missing.detail.find("/nowhere/a.pem"), std::string::npos);
  EXPECT_EQ(load({good.certificate, files("desk-a").key, good.ca}).code, Errc::kKeyInvalid);
  EXPECT_EQ(load({good.key, good.key, good.ca}).code, Errc::kKeyInvalid);
  EXPECT_EQ(load({good.certificate, good.key, good.key}).code, Errc::kKeyInvalid);
  EXPECT_EQ(load(files("expired-server")).code, Errc::kCertificateExpired);
}

TEST_F(TlsTest, AReloadTakesEffectForNewConnections) {
  const test::TempDir dir;
  const auto copy = [&dir](const TlsFiles& from) {
    dir.write("a.pem", test::read_file(from.certificate));
    dir.write("a.key", test::read_file(from.key));
  };
  copy(files("desk-a"));
  const TlsFiles mine{dir / "a.pem", dir / "a.key", ca().ca()};
  auto tls = TlsContext::load(TlsContext::Role::kClient, mine).value();
  serve(echo_router());
  Client client(io_.get_executor(), tls);
  EXPECT_EQ(send(client, request("GET", "/hello")).value().body, "hello desk-a");

  copy(files("jcb-a"));
  ASSERT_TRUE(tls->reload().has_value());
  EXPECT_EQ(send(client, request("GET", "/hello")).value().body, "hello desk-a")
      << "an open connection goes on";
  client.close_idle();
  EXPECT_EQ(send(client, request("GET", "/hello")).value().body, "hello jcb-a");

  dir.write("a.pem", "rubbish");
  EXPECT_EQ(tls->reload().error().code, Errc::kKeyInvalid);
  client.close_idle();
  EXPECT_EQ(send(client, request("GET", "/hello")).value().body, "hello jcb-a")
      << "a failed reload leaves what was there";
}

}  // namespace
}  // namespace cw::http
