#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/control.hpp"

#include <string>
#include <string_view>

namespace cw::codec {

/// Messages of control.v1 (schemas/control), told apart by "kind"; fails like decode_exposure, and
/// with kPredicateInvalid.
[[nodiscard]] Result<ControlRecord> decode_control(std::string_view json);

[[nodiscard]] std::string encode(const ControlRecord& record);
void encode_to(std::string& out, const ControlRecord& record);

/// The record's Kafka key, e.g. "incident/alico-2009/1", "scope/alico-2009/3/approved".
[[nodiscard]] std::string control_key(const ControlRecord& record);

}  // namespace cw::codec
