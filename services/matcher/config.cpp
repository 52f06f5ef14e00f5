#include "matcher/config.hpp"

#include <algorithm>
#include <thread>

namespace cw::matcher {

using config::Bounds;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void Config::declare(config::Schema& schema) {
  schema.text(
      {.key = "matcher.group",
       .about = "Consumer group, after the topic prefix; all matchers of a cluster share it.",
       .example = "matcher"},
      group);
  schema.text({.key = "matcher.instance",
               .about = "Stable name of this process within the group, e.g. its ordinal; a restart "
                        "under the same name takes over at once, two at a time fence each other.",
               .example = "\"0\""},
              instance);
  schema.number(
      {.key = "matcher.lanes",
       .about = "Parallel lanes, each with a share of the partitions; 0: one a processor.",
       .example = "0"},
      Bounds<std::uint32_t>{0, 64},
      lanes);
  schema.number({.key = "matcher.batch_records_max",
                 .about = "Most input records of one transaction.",
                 .example = "60000"},
                Bounds<std::uint32_t>{1, 1'000'000},
                batch_records_max);
  schema.duration({.key = "matcher.batch_wait",
                   .about = "How long more records are waited for after the first of a batch; adds "
                            "to the latency of each. The broker ends the last transaction "
                            "meanwhile: less than what it needs costs 20 ms instead.",
                   .example = "5ms"},
                  {milliseconds{1}, seconds{1}},
                  batch_wait);
  schema.duration({.key = "matcher.transaction_timeout",
                   .about = "Longest duration of one transaction. A new scope revision is one: it "
                            "must do for all cards of a lane. When a matcher goes for good, "
                            "readers wait so long for its open transaction.",
                   .example = "60s"},
                  {seconds{1}, minutes{15}},
                  transaction_timeout);
  schema.duration({.key = "matcher.session_timeout",
                   .about = "After so long without a sign of life another lane takes over.",
                   .example = "45s"},
                  {seconds{6}, minutes{5}},
                  session_timeout);
  schema.bytes({.key = "matcher.prefetch_bytes",
                .about = "Memory of each lane for records fetched ahead; one second's worth or "
                         "more keeps the lane busy.",
                .example = "256MiB"},
               {1ULL << 20U, 2ULL << 30U},
               prefetch_bytes);
  schema.duration({.key = "matcher.stall_timeout",
                   .about = "/livez fails when a lane has made no step for so long.",
                   .example = "5m"},
                  {seconds{10}, hours{1}},
                  stall_timeout);
  declare_poison(schema);
  declare_state(schema);
}

void Config::declare_poison(config::Schema& schema) {
  schema.number(
      {.key = "matcher.poison_percent_max",
       .about = "When more of a window of a topic's records cannot be used (form, version, "
                "key), and at least 200, the lane commits nothing and waits for a "
                "restart: a producer is broken. 100: quarantine all.",
       .example = "50"},
      Bounds<std::uint32_t>{1, 100},
      poison_percent_max);
  schema.number({.key = "matcher.poison_window_records",
                 .about = "Records of such a window, which begins with an unusable one.",
                 .example = "1000"},
                Bounds<std::uint32_t>{200, 1'000'000},
                poison_window_records);
}

void Config::declare_state(config::Schema& schema) {
  schema.text(
      {.key = "matcher.state_dir",
       .about = "Folder for the state on local disk, of this instance alone: a restart then "
                "reads only the newest inputs. Empty: none, it reads them all.",
       .example = "/var/lib/cardwatch/matcher"},
      state_dir);
  schema.duration({.key = "matcher.state_save_interval",
                   .about = "How often the local state is saved; a crash reads the inputs since.",
                   .example = "10s"},
                  {milliseconds{100}, hours{1}},
                  state_save_interval);
}

std::uint32_t Config::lane_count() const {
  if (lanes != 0) return lanes;
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace cw::matcher
