#pragma once

#include "lib/base/errc.hpp"

#include <cstdint>

namespace cw::cli {

/// After sysexits.h. `cardwatch --help` lists them.
enum class ExitCode : std::uint8_t {
  kOk = 0,
  kRowsRefused = 1,  ///< Done, but some rows were refused; they are listed.
  kDifferent = 2,    ///< Compared, and there are differences; they are listed.
  kUsage = 64,
  kDataRefused = 65,
  kUnavailable = 69,
  kBug = 70,
  kForbidden = 77,
  kConfig = 78,
};

/// What an error that ends a command exits with.
[[nodiscard]] ExitCode exit_code(Errc code) noexcept;
/// The same for an HTTP status that is not a success.
[[nodiscard]] ExitCode exit_code_of_status(int status) noexcept;

}  // namespace cw::cli
