#include "lib/crypto/content_digest.hpp"

#include "lib/crypto/digests.hpp"
#include "lib/crypto/structured_field.hpp"

namespace cw::crypto {
namespace {

constexpr std::string_view kSha256 = "sha-256";
constexpr std::string_view kSha512 = "sha-512";

Error refused(std::string_view why) {
  return Error{Errc::kContentDigest, "content-digest: " + std::string(why)};
}

}  // namespace

std::string content_digest(std::string_view body, DigestAlgorithm algorithm) {
  const bool sha256 = algorithm == DigestAlgorithm::kSha256;
  const auto digest = sha256 ? sha256_bytes(body) : sha512_bytes(body);
  return sf::serialize(
      sf::Dictionary{{std::string(sha256 ? kSha256 : kSha512), sf::Item{sf::Bytes{digest}}}});
}

Status verify_content_digest(std::string_view header, std::string_view body) {
  const auto digests = sf::parse_dictionary(header);
  if (!digests) return refused("the header is not a dictionary of byte sequences");
  bool checked = false;
  for (const auto& [algorithm, member] : digests.value()) {
    if (algorithm != kSha256 && algorithm != kSha512) continue;
    const auto* item = std::get_if<sf::Item>(&member);
    const auto* given = item == nullptr ? nullptr : std::get_if<sf::Bytes>(&item->value);
    if (given == nullptr) return refused("the header is not a dictionary of byte sequences");
    const auto digest = algorithm == kSha256 ? sha256_bytes(body) : sha512_bytes(body);
    if (given->bytes != digest) return refused("the body is not the one it stands for");
    checked = true;
  }
  if (!checked) return refused("neither sha-256 nor sha-512 stands in the header");
  return Ok{};
}

}  // namespace cw::crypto
