#pragma once

#include "lib/base/errc.hpp"

namespace cw::kafka {

/// What the caller of this library must do about an error.
enum class Disposition {
  kReject,  ///< This record or request can never succeed; the next one may.
  kRetry,   ///< Nothing happened; the same call may succeed later.
  kAbort,   ///< The open transaction must be aborted and its input read again.
  kFatal,   ///< The client is of no use any more; re-create it or stop the process.
};

/// Exactly one disposition per code; a code that this library does not know is fatal.
[[nodiscard]] Disposition disposition(Errc code) noexcept;

}  // namespace cw::kafka
