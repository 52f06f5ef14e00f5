#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/answer.hpp"

#include <string>
#include <string_view>

namespace cw::codec {

/// An issuer's answer about a card; the message of answers.v1 (schemas/answer).
/// Fails like decode_exposure.
[[nodiscard]] Result<IssuerAnswer> decode_answer(std::string_view json);
[[nodiscard]] std::string encode(const IssuerAnswer& answer);
void encode_to(std::string& out, const IssuerAnswer& answer);

}  // namespace cw::codec
