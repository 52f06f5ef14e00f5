#include "desk/config.hpp"

namespace cw::desk {

using config::Bounds;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

void Config::declare(config::Schema& schema) {
  schema.duration({.key = "control.commit_timeout",
                   .about = "How long a change of control may take to be committed by Kafka.",
                   .example = "10s"},
                  {milliseconds{100}, minutes{5}},
                  commit_timeout);
  schema.duration({.key = "control.seen_timeout",
                   .about = "How long the desk may take to read a committed change back.",
                   .example = "10s"},
                  {milliseconds{100}, minutes{5}},
                  seen_timeout);
  schema.number({.key = "control.waiting_max",
                 .about = "Changes of control that may wait for their turn; one more is answered "
                          "with 503.",
                 .example = "64"},
                Bounds<std::uint32_t>{1, 10'000},
                waiting_max);
  schema.number({.key = "counts.threads", .about = "Threads that count.", .example = "2"},
                Bounds<std::uint32_t>{1, 256},
                count_threads);
  schema.number({.key = "counts.waiting_max",
                 .about = "Counts under way or waiting; one more is answered with 503.",
                 .example = "64"},
                Bounds<std::uint32_t>{1, 10'000},
                counts_waiting_max);
  schema.duration({.key = "figures.interval",
                   .about = "How often the figures among the metrics are counted anew.",
                   .example = "2s"},
                  {milliseconds{100}, hours{1}},
                  figures_interval);
  schema.duration({.key = "silence.limit",
                   .about = "How long nothing may come from an issuer, neither a report nor a nil "
                            "return, before it counts as silent.",
                   .example = "7d"},
                  {minutes{1}, hours{24 * 3650}},
                  silence_limit);
}

}  // namespace cw::desk
