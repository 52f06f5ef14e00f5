#pragma once

namespace CLI {
class App;
}

namespace cw::cli {

class Terminal;

/// Adds `acceptance` to the noun `feed`: tries an issuer's endpoint with test cards. It talks to
/// that endpoint only and needs no profile.
void add_feed_acceptance(CLI::App& noun, Terminal& terminal);

}  // namespace cw::cli
