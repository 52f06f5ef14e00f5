#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/fact_block.hpp"

#include <string>
#include <string_view>

namespace cw::codec {

/// A single fact. Fails like decode_exposure.
[[nodiscard]] Result<FactMessage> decode_fact(std::string_view json);

[[nodiscard]] std::string encode(const FactMessage& message);
void encode_to(std::string& out, const FactMessage& message);

}  // namespace cw::codec
