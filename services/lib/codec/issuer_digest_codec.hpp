#pragma once

#include "lib/codec/issuer_digest.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/codec/object_reader.hpp"

#include <optional>
#include <string_view>

/// Private to lib/codec: the digest as a member of an answer or of a feed state.
namespace cw::codec {

[[nodiscard]] std::optional<IssuerDigest> read_issuer_digest(const ObjectReader& object,
                                                             std::string_view name);
/// Left out when there is none.
void write_issuer_digest(JsonWriter& writer,
                         std::string_view name,
                         const std::optional<IssuerDigest>& digest);

}  // namespace cw::codec
