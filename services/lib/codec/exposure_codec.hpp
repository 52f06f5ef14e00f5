#pragma once

#include "lib/base/result.hpp"
#include "lib/domain/exposure.hpp"

#include <string>
#include <string_view>

namespace cw::codec {

/// Messages of exposures.v1 (schemas/exposure). Members that v1 does not know are skipped, so that
/// an older reader survives a newer writer.
///
/// Every decoder of a topic's message fails with kJsonSyntax (names the offset), kSchemaVersion
/// (another "v"), kSchemaViolation (names the JSON pointer) or kBodyTooLarge (over
/// kMessageBytesMax); this one also with kTimestampRange. No error ever repeats a value of the
/// message. THREAD: all are safe.
[[nodiscard]] Result<ExposureRecord> decode_exposure(std::string_view json);

[[nodiscard]] std::string encode(const ExposureRecord& record);
/// Appends instead, for a buffer that is used again.
void encode_to(std::string& out, const ExposureRecord& record);

}  // namespace cw::codec
