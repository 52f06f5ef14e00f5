// cw_bench_feed_check: what each issuer must hold by watchlist.v1, and what came to it by its
// journal.
#include "bench/feed_journals.hpp"
#include "bench/options.hpp"
#include "bench/watch_recount.hpp"

#include <algorithm>
#include <cinttypes>
#include <filesystem>

namespace cw::bench {
namespace {

struct Options {
  Cluster cluster;
  std::string vault;
  std::string journals;  ///< Folder; empty: only the recount.
  std::string keys;
  std::vector<std::string> pool;  ///< Issuers whose delays are told together; empty: all.
  std::int64_t from_ms = 0;
  std::uint64_t spoil = 0;
};

double percentile(const std::vector<double>& sorted, std::size_t of_thousand) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, sorted.size() * of_thousand / 1000)];
}

void print_delays(std::vector<double> delays) {
  std::sort(delays.begin(), delays.end());
  std::printf(
      "\"delays\": {\"entries\": %zu, \"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, "
      "\"max\": %.1f}",
      delays.size(),
      percentile(delays, 500),
      percentile(delays, 900),
      percentile(delays, 990),
      percentile(delays, 1000));
}

void print_story(const JournalStory& story) {
  std::printf(", \"batches\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"sent\": %" PRIu64
              ", \"first_ms\": %" PRId64 ", \"last_ms\": %" PRId64 ", \"same_id_twice\": %" PRIu64
              ", \"sent_again\": %" PRIu64 ", \"disorder\": %" PRIu64 ", ",
              story.batches,
              story.bytes,
              story.entries,
              story.first_ms,
              story.last_ms,
              story.same_id_twice,
              story.sent_again,
              story.disorder);
  print_delays(story.delays_ms);
}

int run(const Options& options) {
  const auto vault = or_give_up(crypto::VaultPrivateKey::load(options.vault), "vault key");
  const WatchRecount recount{options.cluster, vault};
  std::vector<double> pooled;
  const char* comma = "";
  std::printf("{\"issuers\": {");
  for (const auto& [issuer, expected] : recount.issuers()) {
    std::printf("%s\"%s\": {\"entries\": %" PRIu64 ", \"records\": %" PRIu64
                ", \"newest_seq\": %" PRIu64 ", \"sum\": \"%s\"",
                comma,
                issuer.c_str(),
                expected.entries + options.spoil,
                expected.records,
                expected.newest_seq,
                expected.sum.c_str());
    comma = ", ";
    const auto path = options.journals + "/" + issuer + ".journal";
    if (!options.journals.empty() && std::filesystem::exists(path)) {
      const auto story = read_journal(path, options.keys, recount, options.from_ms);
      print_story(story);
      const bool wanted =
          options.pool.empty() ||
          std::find(options.pool.begin(), options.pool.end(), issuer) != options.pool.end();
      if (wanted) pooled.insert(pooled.end(), story.delays_ms.begin(), story.delays_ms.end());
    }
    std::printf("}");
  }
  std::printf("}, ");
  print_delays(std::move(pooled));
  std::printf("}\n");
  return 0;
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Recounts a watchlist, and reads the journals of those who received it"};
  add_cluster_options(app, options.cluster);
  app.add_option("--vault", options.vault, "private key that opens the data keys")->required();
  app.add_option("--journals", options.journals, "folder of ISSUER.journal");
  app.add_option("--keys", options.keys, "folder of ISSUER.key");
  app.add_option("--pool", options.pool, "issuers whose delays are told together")->delimiter(',');
  app.add_option("--from-ms", options.from_ms, "entries written before give no delay");
  app.add_option("--spoil", options.spoil, "expect so many more entries, for a test");
  parse_or_exit(app, argc, argv);
  return options;
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  return cw::bench::run(cw::bench::parse(argc, argv));
}
