#pragma once

#include "lib/runtime/service.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cw::runtime {

/// The flags of a service program.
struct Arguments {
  std::optional<std::string> config_file = {};
  std::vector<std::string> sets = {};
  bool print_config = false;
  bool config_reference = false;
};

/// Either the flags or, after --help, --version or a mistake, the exit code; the text for the
/// user has then been printed.
struct ParsedArguments {
  std::optional<Arguments> arguments = {};
  ExitCode exit_code = ExitCode::kOk;
};

[[nodiscard]] ParsedArguments parse_arguments(int argc, char** argv, const ServiceSpec& spec);

}  // namespace cw::runtime
