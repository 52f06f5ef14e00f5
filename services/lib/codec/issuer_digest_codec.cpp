#include "lib/codec/issuer_digest_codec.hpp"

#include "lib/codec/formats.hpp"

namespace cw::codec {

std::optional<IssuerDigest> read_issuer_digest(const ObjectReader& object, std::string_view name) {
  const Node* node = object.optional(name);
  if (node == nullptr) return {};
  const Path path = object.at(name);
  const ObjectReader members(*node, path, object.failure());
  IssuerDigest digest;
  digest.through = members.number("through", 0);
  digest.count = members.number("count", 0);
  digest.sum = members.text("sum");
  if (!is_hex256(digest.sum)) members.violation("sum", "64 lower-case hexadecimal characters");
  return digest;
}

void write_issuer_digest(JsonWriter& writer,
                         std::string_view name,
                         const std::optional<IssuerDigest>& digest) {
  if (!digest) return;
  writer.begin_object(name).number("through", digest->through);
  writer.number("count", digest->count).string("sum", digest->sum).end_object();
}

}  // namespace cw::codec
