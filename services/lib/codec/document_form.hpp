#pragma once

#include <cstdint>

namespace cw::codec {

/// Who wrote a document: a service (tolerant to newer members), or a person (strict).
enum class DocumentForm : std::uint8_t { kTopic, kWritten };

}  // namespace cw::codec
