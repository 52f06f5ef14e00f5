#pragma once

namespace CLI {
class App;
}

namespace cw::cli {

class Terminal;

/// Adds `replay ... counts|watchlist` to the command line: the same matching and counting over
/// files, in this process alone.
void add_replay(CLI::App& app, Terminal& terminal);

}  // namespace cw::cli
