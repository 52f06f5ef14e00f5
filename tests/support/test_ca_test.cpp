#include "support/test_ca.hpp"

#include "support/process.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace cw::test {
namespace {

CommandResult verify(const TestCa& ca, const std::string& name, const std::string& purpose) {
  return run_command(
      {"openssl", "verify", "-CAfile", ca.ca(), "-purpose", purpose, ca.files(name).certificate});
}

TEST(TestCa, ServersAndClientsAreTrustedForTheirPurpose) {
  const TestCa ca{{CertificateKind::kServer, "desk"}, {CertificateKind::kClient, "desk-a"}};
  EXPECT_EQ(verify(ca, "desk", "sslserver").status, 0);
  EXPECT_EQ(verify(ca, "desk", "sslclient").status, 0) << "services call each other";
  EXPECT_EQ(verify(ca, "desk-a", "sslclient").status, 0);
  EXPECT_NE(verify(ca, "desk-a", "sslserver").status, 0) << "a principal is not a server";
}

TEST(TestCa, ServersAreNamedLocalhostAndTheWrongOnesAreNot) {
  const TestCa ca{{CertificateKind::kServer, "good"}, {CertificateKind::kWrongName, "bad"}};
  const auto checks_host = [&](const std::string& name,
                               const std::string& option,
                               const std::string& host) {
    return run_command(
               {"openssl", "verify", "-CAfile", ca.ca(), option, host, ca.files(name).certificate})
               .status == 0;
  };
  EXPECT_TRUE(checks_host("good", "-verify_hostname", "localhost"));
  EXPECT_TRUE(checks_host("good", "-verify_ip", "127.0.0.1"));
  EXPECT_FALSE(checks_host("bad", "-verify_hostname", "localhost"));
  EXPECT_FALSE(checks_host("bad", "-verify_ip", "127.0.0.1"));
}

TEST(TestCa, TheOnesMadeToBeRefusedAreRefusedForTheirReason) {
  const TestCa ca{{CertificateKind::kExpired, "old"},
                  {CertificateKind::kExpiredServer, "old-server"},
                  {CertificateKind::kStranger, "stranger"}};
  EXPECT_NE(verify(ca, "old", "sslclient").output.find("has expired"), std::string::npos);
  EXPECT_NE(verify(ca, "old-server", "sslserver").output.find("has expired"), std::string::npos);
  EXPECT_NE(verify(ca, "stranger", "sslclient").output.find("unable to get local issuer"),
            std::string::npos);
}

TEST(TestCa, IssuesMoreLaterAndKeepsWhatIsThere) {
  TestCa ca;
  const auto files = ca.issue(CertificateKind::kClient, "late");
  const auto before = read_file(files.certificate);
  ca.issue(CertificateKind::kClient, "late");
  EXPECT_EQ(read_file(files.certificate), before);
  EXPECT_EQ(verify(ca, "late", "sslclient").status, 0);
}

TEST(TestCa, RefusesNamesThatAreNotPlain) {
  TestCa ca;
  EXPECT_THROW(ca.issue(CertificateKind::kClient, "../x"), std::runtime_error);
  EXPECT_THROW(ca.issue(CertificateKind::kClient, "ca"), std::runtime_error);
}

}  // namespace
}  // namespace cw::test
