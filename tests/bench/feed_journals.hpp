#pragma once

#include "bench/watch_recount.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cw::bench {

/// What came to an issuer's endpoint, as its journal tells.
struct JournalStory {
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;    ///< Of the bodies as they came.
  std::uint64_t entries = 0;  ///< In them.
  std::int64_t first_ms = 0;  ///< When the first came, milliseconds since 1970.
  std::int64_t last_ms = 0;
  std::uint64_t same_id_twice = 0;  ///< Batches taken again under an id that was known.
  std::uint64_t sent_again = 0;     ///< Entries that came again in a batch of another id.
  std::uint64_t disorder = 0;       ///< Entries older than one of the same card that came before.
  std::vector<double> delays_ms;    ///< From written in Kafka to come, of entries that came first.
};

/// Reads an issuer's journal; its process must have ended. `keys`: folder with ISSUER.key. Entries
/// written before `from_ms` give no delay.
[[nodiscard]] JournalStory read_journal(const std::string& path,
                                        const std::string& keys,
                                        const WatchRecount& recount,
                                        std::int64_t from_ms);

}  // namespace cw::bench
