#pragma once

namespace cw::cli {

/// The whole of `cardwatch`; returns its exit code (exit_code.hpp).
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace cw::cli
