#pragma once

#include "bench/workload.hpp"
#include "lib/kafka/client_options.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace cw::bench {

/// Options that several of the programs have.
inline void add_workload_options(CLI::App& app, WorkloadOptions& options) {
  app.add_option("--seed", options.seed, "of the workload")->capture_default_str();
  app.add_option("--cards", options.cards, "distinct exposed cards")->capture_default_str();
  app.add_option("--reports", options.reports, "report records")->capture_default_str();
  app.add_option("--hits", options.hit_share, "share of reports on exposed cards")
      ->capture_default_str();
  app.add_option("--duplicates", options.duplicate_share, "share that repeats an earlier record")
      ->capture_default_str();
  app.add_option("--revisions", options.revision_share, "share that is a second revision")
      ->capture_default_str();
  app.add_option("--files", options.files, "exposed files")->capture_default_str();
  app.add_option("--issuers", options.issuers, "issuers, at most 12")
      ->check(CLI::Range(1, 12))
      ->capture_default_str();
}

/// Where Kafka is and how its topics are called.
struct Cluster {
  std::string brokers = {};
  std::string prefix = {};

  [[nodiscard]] std::string topic(const char* name) const { return prefix + name; }
  [[nodiscard]] kafka::ClientOptions client(const char* id) const {
    kafka::ClientOptions options;
    options.brokers = brokers;
    options.client_id = id;
    return options;
  }
};

inline void add_cluster_options(CLI::App& app, Cluster& cluster) {
  app.add_option("--brokers", cluster.brokers, "host:port of Kafka")->required();
  app.add_option("--prefix", cluster.prefix, "put before each topic's name")->capture_default_str();
}

/// Ends the program when asked for help or misused.
inline void parse_or_exit(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
}

/// Ends the program when something that a benchmark needs did not work: a figure would be void.
[[noreturn]] inline void give_up(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(70);
}

template <class T>
T or_give_up(Result<T> result, const char* what) {
  if (!result) {
    give_up(std::string{what} + ": " + std::string{name(result.error().code)} + ": " +
            result.error().detail);
  }
  return std::move(result).value();
}

}  // namespace cw::bench
