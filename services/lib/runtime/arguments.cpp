#include "lib/runtime/arguments.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace cw::runtime {

ParsedArguments parse_arguments(int argc, char** argv, const ServiceSpec& spec) {
  Arguments arguments;
  std::string file;
  CLI::App app{spec.about, "cardwatch-" + spec.name};
  app.footer(
      "Exit codes: 0 clean stop, 64 usage, 69 unavailable, 70 defect or fatal error, "
      "78 configuration.");
  const auto* config = app.add_option("-c,--config", file, "YAML file with the configuration");
  app.add_option("--set", arguments.sets, "section.key=value; wins over file and environment")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--print-config",
               arguments.print_config,
               "Print the effective configuration, with sources, and exit");
  app.add_flag("--config-reference",
               arguments.config_reference,
               "Print the table of all settings as Markdown and exit");
  app.set_version_flag("--version", "cardwatch-" + spec.name + " " CARDWATCH_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool clean = error.get_exit_code() == 0;
    app.exit(error, std::cout, std::cerr);
    return {.exit_code = clean ? ExitCode::kOk : ExitCode::kUsage};
  }
  if (config->count() > 0) arguments.config_file = file;
  return {.arguments = std::move(arguments)};
}

}  // namespace cw::runtime
