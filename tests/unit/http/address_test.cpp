#include "lib/http/address.hpp"

#include <gtest/gtest.h>

namespace cw::http {
namespace {

TEST(CheckAddress, RefusesWhatIsNotGloballyReachable) {
  for (const char* address : {"127.0.0.1",
                              "127.8.8.8",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "0.0.0.0",
                              "224.0.0.1",
                              "255.255.255.255",
                              "198.18.0.1",
                              "::1",
                              "::",
                              "fe80::1",
                              "fd00::1",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a00:1",
                              "2002:7f00:1::",
                              "2002:c0a8:101::1",
                              "2001:db8::1",
                              "64:ff9b:1::1",
                              "2001::1",
                              "::127.0.0.1",
                              "0.1.2.3",
                              "100.127.255.254",
                              "169.254.0.1",
                              "192.88.99.1",
                              "fe80::1%1",
                              "fec0::1",
                              "fc00::1",
                              "100::1",
                              "5f00::1",
                              "3fff:0fff::1",
                              "2001:2f::1",
                              "::ffff:0.0.0.0",
                              "::ffff:100.64.0.1",
                              "::ffff:169.254.169.254",
                              "::ffff:0:127.0.0.1",
                              "64:ff9b::7f01:203",
                              "64:ff9b::a9fe:a9fe",
                              "64:ff9b::6440:1",
                              "64:ff9b::1",
                              "64:ff9b:1::7f00:1",
                              "64:ff9b:1:ffff:ffff:ffff:808:808",
                              "2002:a9fe:a9fe::1",
                              "2002:6440:1::1",
                              "2002::1",
                              "2002:e000:1::1"}) {
    const Status status = check_address(address, PrivateAddresses::kRefuse);
    ASSERT_FALSE(status.has_value()) << address;
    EXPECT_EQ(status.error().code, Errc::kAddressForbidden) << address;
  }
}

TEST(CheckAddress, TakesPublicAddresses) {
  for (const char* address : {"8.8.8.8",
                              "172.32.0.1",
                              "192.169.0.1",
                              "100.128.0.1",
                              "1.1.1.1",
                              "2606:4700::1111",
                              "64:ff9b::808:808",
                              "::ffff:8.8.8.8",
                              "2a00:1450::1",
                              "2002:808:808::1",
                              "3fff:1000::1",
                              "2001:30::1",
                              "2001:4860:4860::8888"}) {
    EXPECT_TRUE(check_address(address, PrivateAddresses::kRefuse).has_value()) << address;
  }
}

TEST(CheckAddress, TakesPrivateOnesWhereAllowed) {
  EXPECT_TRUE(check_address("127.0.0.1", PrivateAddresses::kAllow).has_value());
  EXPECT_FALSE(check_address("not-an-address", PrivateAddresses::kAllow).has_value());
}

TEST(ParseUrl, TakesUrlsApart) {
  const Url url = parse_url("https://issuer.example:9443/feeds/a?x=1").value();
  EXPECT_EQ(url.host, "issuer.example");
  EXPECT_EQ(url.port, 9443);
  EXPECT_EQ(url.target, "/feeds/a?x=1");
  EXPECT_EQ(url.endpoint(), "https://issuer.example:9443");
  EXPECT_EQ(parse_url("https://issuer.example").value().target, "/");
  EXPECT_EQ(parse_url("https://issuer.example").value().port, 443);
  EXPECT_EQ(parse_url("http://127.0.0.1:80/metrics").value().tls, false);
  EXPECT_EQ(parse_url("https://[::1]:8443/").value().host, "::1");
  EXPECT_EQ(parse_url("https://[::1]:8443/").value().endpoint(), "https://[::1]:8443");
}

TEST(ParseUrl, RefusesWhatCouldMeanSomethingElse) {
  for (const char* text : {"",
                           "issuer.example",
                           "/feeds",
                           "ftp://issuer.example/",
                           "https://user:pass@issuer.example/",
                           "https://issuer.example/#top",
                           "https://issuer.example:0/",
                           "https://issuer.example:70000/",
                           "https://",
                           "https://issuer.example/a b",
                           "https://a\r\nb/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, Errc::kBadRequest) << text;
  }
}

}  // namespace
}  // namespace cw::http
