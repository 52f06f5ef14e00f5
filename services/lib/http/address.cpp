#include "lib/http/address.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>

namespace cw::http {
namespace {

namespace ip = boost::asio::ip;

struct Block4 {
  std::uint32_t base;
  unsigned bits;
};

/// IANA's special-purpose IPv4 registry: what is not globally reachable.
constexpr std::array<Block4, 15> kBlocked4 = {{
    {0x00000000, 8},   // "this network"
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // carrier-grade NAT
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, cloud metadata
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relay
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarking
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
}};

bool blocked(std::uint32_t address) {
  return std::ranges::any_of(kBlocked4, [address](const Block4& block) {
    return ((address ^ block.base) >> (32U - block.bits)) == 0;
  });
}

using Bytes6 = ip::address_v6::bytes_type;

bool has_prefix(const Bytes6& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

std::uint32_t embedded(const Bytes6& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24U) | (std::uint32_t{bytes[at + 1]} << 16U) |
         (std::uint32_t{bytes[at + 2]} << 8U) | std::uint32_t{bytes[at + 3]};
}

bool blocked(const Bytes6& bytes) {
  // NAT64 (RFC 6052) and 6to4 lead to the v4 address inside.
  if (has_prefix(bytes, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return blocked(embedded(bytes, 12));
  }
  if (has_prefix(bytes, {0x20, 0x02})) return blocked(embedded(bytes, 2));
  if (has_prefix(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) {
    return blocked(embedded(bytes, 12));
  }
  // Only 2000::/3 is global unicast. That leaves out loopback, unspecified, v4-compatible,
  // local-use NAT64, unique-local, link-local and multicast in one step.
  if ((bytes[0] & 0xE0) != 0x20) return true;
  const bool documentation = has_prefix(bytes, {0x20, 0x01, 0x0D, 0xB8}) ||
                             (has_prefix(bytes, {0x3F, 0xFF}) && bytes[2] <= 0x0F);
  const bool teredo_and_special = has_prefix(bytes, {0x20, 0x01, 0x00}) && bytes[3] <= 0x2F;
  return documentation || (teredo_and_special && bytes[2] == 0);
}

}  // namespace

std::string Url::endpoint() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (tls ? "https://" : "http://") + (v6 ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
  const auto refuse = [](const char* why) { return Error{Errc::kBadRequest, why}; };
  const auto parsed = boost::urls::parse_absolute_uri({text.data(), text.size()});
  if (!parsed) return refuse("not an absolute URL");
  const boost::urls::url_view& view = *parsed;
  const bool tls = view.scheme_id() == boost::urls::scheme::https;
  if (!tls && view.scheme_id() != boost::urls::scheme::http) {
    return refuse("the URL must start with https://");
  }
  if (view.has_userinfo()) return refuse("the URL must not hold user information");
  const std::string host = view.host_address();
  if (host.empty()) return refuse("the URL has no host");
  Url url{.tls = tls, .host = host, .port = static_cast<std::uint16_t>(tls ? 443 : 80)};
  if (view.has_port()) {
    url.port = view.port_number();
    if (url.port == 0) return refuse("the URL's port must be from 1 to 65535");
  }
  const auto target = view.encoded_target();
  url.target = target.empty() ? "/" : std::string{target.data(), target.size()};
  if (url.target.front() == '?') url.target.insert(0, "/");
  return url;
}

Status check_address(std::string_view address, PrivateAddresses policy) {
  boost::system::error_code ec;
  const auto parsed = ip::make_address(std::string{address}, ec);
  if (ec) return Error{Errc::kConnectFailed, "not a numeric address"};
  if (policy == PrivateAddresses::kAllow) return Ok{};
  const bool refused =
      parsed.is_v4() ? blocked(parsed.to_v4().to_uint()) : blocked(parsed.to_v6().to_bytes());
  if (!refused) return Ok{};
  return Error{Errc::kAddressForbidden,
               "address " + std::string{address} + " is loopback, private or reserved"};
}

}  // namespace cw::http
