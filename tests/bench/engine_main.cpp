// cw_bench_engine: the matching alone, in one thread of this process, without Kafka.
#include "bench/engine.hpp"
#include "bench/json_scan.hpp"
#include "bench/options.hpp"
#include "bench/workload.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/kafka/record.hpp"

#include <bit>
#include <chrono>
#include <cinttypes>
#include <cstring>
#include <vector>

namespace cw::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  WorkloadOptions workload;
  std::int32_t partitions = 4;
  std::size_t batch = 20'000;
  std::string only;  ///< "engine" or "limit", for a profiler; "scan": of the records alone.
  std::uint64_t spoil = 0;
};

/// Messages of one kind, by arrival, in one piece of memory.
class Backlog {
 public:
  void add(MessageKind kind,
           const std::string& key,
           const std::string& value,
           std::int32_t partition) {
    items_.push_back({kind, partition, text_.size(), key.size(), value.size()});
    text_ += key;
    text_ += value;
  }

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] std::size_t bytes() const { return text_.size(); }
  [[nodiscard]] std::int32_t partition(std::size_t at) const { return items_[at].partition; }
  [[nodiscard]] Message message(std::size_t at) const {
    const auto& item = items_[at];
    const std::string_view all{text_};
    return {item.kind,
            all.substr(item.offset, item.key),
            all.substr(item.offset + item.key, item.value)};
  }

 private:
  struct Item {
    MessageKind kind;
    std::int32_t partition;
    std::size_t offset;
    std::size_t key;
    std::size_t value;
  };
  std::string text_;
  std::vector<Item> items_;
};

struct Backlogs {
  Backlog control;
  Backlog exposures;
  Backlog reports;
};

Backlogs make_backlogs(const Options& options, const Workload& workload) {
  Backlogs out;
  for (const auto& record : workload.control()) {
    for (std::int32_t partition = 0; partition < options.partitions; ++partition) {
      out.control.add(
          MessageKind::kControl, codec::control_key(record), codec::encode(record), partition);
    }
  }
  const auto add = [&](Backlog& backlog, MessageKind kind, const auto& record) {
    const auto key = record.card.hex();
    const auto partition = kafka::partition_of(key, options.partitions);
    backlog.add(kind, key, codec::encode(record), partition);
  };
  for (std::uint64_t at = 0; at < workload.exposures(); ++at) {
    add(out.exposures, MessageKind::kExposure, workload.exposure(at));
  }
  for (std::uint64_t at = 0; at < options.workload.reports; ++at) {
    add(out.reports, MessageKind::kReport, workload.report(at));
  }
  return out;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class EngineRun {
 public:
  explicit EngineRun(const Options& options)
      : options_(options),
        engines_(static_cast<std::size_t>(options.partitions)),
        batches_(engines_.size()) {}

  /// Feeds all in batches of so many records, as a lane with all partitions would; seconds.
  double feed(const Backlog& backlog) {
    const auto start = Clock::now();
    for (std::size_t first = 0; first < backlog.size(); first += options_.batch) {
      const auto end = std::min(first + options_.batch, backlog.size());
      for (auto& batch : batches_) batch.clear();
      for (auto at = first; at < end; ++at) {
        batches_[static_cast<std::size_t>(backlog.partition(at))].push_back(backlog.message(at));
      }
      for (std::size_t at = 0; at < engines_.size(); ++at) {
        if (!batches_[at].empty()) engines_[at].work(batches_[at]);
      }
    }
    return seconds_since(start);
  }

  [[nodiscard]] EngineOutput output() const {
    EngineOutput sum;
    for (const auto& engine : engines_) {
      const auto& one = engine.output();
      for (std::size_t at = 0; at < kOutcomes; ++at) {
        sum.active[at] += one.active[at];
        sum.inactive[at] += one.inactive[at];
      }
      sum.retracted += one.retracted;
      sum.watch_changes += one.watch_changes;
      sum.refused += one.refused;
    }
    return sum;
  }

 private:
  const Options& options_;
  std::vector<Engine> engines_;
  std::vector<std::vector<Message>> batches_;
};

/// Open addressing over the card references: what a look-up costs at least.
class CardSet {
 public:
  explicit CardSet(std::size_t cards) : slots_(std::bit_ceil(cards * 2 + 1)) {}

  void insert(const CardRef& card) {
    auto at = slot(card);
    while (slots_[at].taken && slots_[at].card != card) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {card, true};
  }
  [[nodiscard]] bool contains(const CardRef& card) const {
    for (auto at = slot(card); slots_[at].taken; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].card == card) return true;
    }
    return false;
  }

 private:
  struct Slot {
    CardRef card;
    bool taken = false;
  };
  [[nodiscard]] std::size_t slot(const CardRef& card) const {
    return std::hash<CardRef>{}(card) & (slots_.size() - 1);
  }
  std::vector<Slot> slots_;
};

/// Parse and look-up alone; seconds. `hits` counts what was found.
double limit(const Backlogs& backlogs, std::uint64_t& hits) {
  CardSet cards{backlogs.exposures.size()};
  for (std::size_t at = 0; at < backlogs.exposures.size(); ++at) {
    cards.insert(scan_report(backlogs.exposures.message(at).value).card);
  }
  const auto start = Clock::now();
  for (std::size_t at = 0; at < backlogs.reports.size(); ++at) {
    const auto found = scan_report(backlogs.reports.message(at).value);
    if (!found.valid) give_up("a report that is no JSON");
    hits += cards.contains(found.card) ? 1U : 0U;
  }
  return seconds_since(start);
}

/// Prints how long one pass of a scope's predicate over all records takes, as they are held.
void scan(const Workload& workload) {
  std::vector<ExposureRecord> records;
  for (std::uint64_t at = 0; at < workload.exposures(); ++at) {
    records.push_back(workload.exposure(at));
  }
  const auto revision = std::get<ScopeRevision>(workload.rescope(3).back());
  std::size_t selected = 0;
  const auto start = Clock::now();
  for (const auto& record : records) {
    selected += revision.predicate.selects(record.file.get(), record.attributes) ? 1U : 0U;
  }
  const auto seconds = seconds_since(start);
  std::printf("{\"records\": %zu, \"selected\": %zu, \"scan_seconds\": %.6f}\n",
              records.size(),
              selected,
              seconds);
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures decode, derive and state of the matching, without Kafka"};
  add_workload_options(app, options.workload);
  app.add_option("--partitions", options.partitions, "of the one lane")->capture_default_str();
  app.add_option("--batch", options.batch, "records of one batch")->capture_default_str();
  app.add_option("--only", options.only, "engine, limit, or scan: one pass of a predicate")
      ->check(CLI::IsMember({"engine", "limit", "scan"}));
  app.add_option("--spoil", options.spoil, "expect so many more than is right, for a test");
  parse_or_exit(app, argc, argv);
  return options;
}

struct Figures {
  double exposure_seconds = 0;
  double report_seconds = 0;
  double limit_seconds = 0;
  std::uint64_t hits = 0;
  EngineOutput output;
};

bool correct(const Options& options, const Expectation& expected, const Figures& figures) {
  if (options.only == "limit") return true;
  auto active = expected.active;
  active[0] += options.spoil;
  return figures.output.active == active && figures.output.inactive == expected.inactive &&
         figures.output.retracted == 0 && figures.output.refused == 0;
}

void print(const Options& options, const Backlogs& backlogs, const Figures& figures, bool equal) {
  const auto reports = static_cast<double>(backlogs.reports.size());
  const auto rate = [&](double seconds) { return seconds > 0 ? reports / seconds : 0.0; };
  std::printf(
      "{\"reports\": %zu, \"exposures\": %zu, \"report_bytes\": %.1f, "
      "\"exposure_bytes\": %.1f, \"batch\": %zu, \"exposure_seconds\": %.4f, "
      "\"engine_rate\": %.0f, \"limit_rate\": %.0f, \"hits\": %" PRIu64
      ", \"watch_changes\": %" PRIu64 ", \"equal\": %s}\n",
      backlogs.reports.size(),
      backlogs.exposures.size(),
      static_cast<double>(backlogs.reports.bytes()) / reports - 32,
      static_cast<double>(backlogs.exposures.bytes()) /
              static_cast<double>(backlogs.exposures.size()) -
          32,
      options.batch,
      figures.exposure_seconds,
      rate(figures.report_seconds),
      rate(figures.limit_seconds),
      figures.hits,
      figures.output.watch_changes,
      equal ? "true" : "false");
}

int run(const Options& options) {
  const Workload workload{options.workload};
  if (options.only == "scan") {
    scan(workload);
    return 0;
  }
  const auto backlogs = make_backlogs(options, workload);
  Figures figures;
  if (options.only != "engine") figures.limit_seconds = limit(backlogs, figures.hits);
  if (options.only != "limit") {
    EngineRun engine{options};
    engine.feed(backlogs.control);
    figures.exposure_seconds = engine.feed(backlogs.exposures);
    figures.report_seconds = engine.feed(backlogs.reports);
    figures.output = engine.output();
  }
  print(options, backlogs, figures, correct(options, workload.expected(), figures));
  return 0;
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  return cw::bench::run(cw::bench::parse(argc, argv));
}
