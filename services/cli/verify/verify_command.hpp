#pragma once

namespace CLI {
class App;
}

namespace cw::cli {

class Terminal;

/// Adds `verify` to the command line.
void add_verify(CLI::App& app, Terminal& terminal);

}  // namespace cw::cli
