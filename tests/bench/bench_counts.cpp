// cw_bench_counts: counts over random facts in process, beside a plain scan of the same facts, and
// for every day equal to its recount.
#include "lib/codec/json_writer.hpp"
#include "lib/domain/counts.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace cw::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Options {
  std::uint32_t facts = 1'000'000;
  std::uint32_t queries = 1'000;
  std::uint32_t days = 1'000;
  std::uint32_t issuers = 30;
  std::uint32_t seed = 1;
  std::uint32_t checks = 0;  ///< Days that are recounted; 0: every one.
};

constexpr const char* kScan = "plain scan by issuer";
const IncidentId kIncident{"bench"};

/// A fact as the plain scan reads it.
struct Plain {
  Instant reported_at;
  Instant received_at;
  Instant known_from;
  Instant known_until = Instant::max();
  std::uint32_t issuer = 0;
  std::uint32_t report = 0;
  std::uint32_t card = 0;
  std::uint32_t member = 0;  ///< 0: none; unique over issuers.
  Outcome outcome = Outcome::kInFile;
  bool active = true;
  bool attributable = true;
};

std::string text_of(char kind, std::uint32_t number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%c%09u", kind, number);
  return text.data();
}

CardRef card_of(std::uint32_t number) {
  CardRef card;
  const std::uint64_t spread = (number + 1) * 0x9E3779B97F4A7C15ULL;
  std::memcpy(card.bytes.data(), &spread, sizeof spread);
  std::memcpy(card.bytes.data() + sizeof spread, &number, sizeof number);
  return card;
}

/// Reports on random days, received up to 30 days later; of some a second fact (a scope revision
/// that selects the card) and of a few a third (closed).
class Facts {
 public:
  explicit Facts(const Options& options) : options_(options), random_(options.seed) {
    all_.reserve(options.facts);
    for (std::uint32_t report = 0; all_.size() < options.facts; ++report) add_report(report);
    all_.resize(options.facts);
    for (std::size_t i = 0; i + 1 < all_.size(); ++i) {
      if (all_[i + 1].report == all_[i].report) all_[i].known_until = all_[i + 1].known_from;
    }
    order_.resize(all_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::shuffle(order_.begin(), order_.end(), random_);
  }

  [[nodiscard]] const std::vector<Plain>& all() const { return all_; }

  /// In random order, as facts.
  void fold(FactBook& book) const {
    for (const auto index : order_) {
      const auto& plain = all_[index];
      const auto issuer = text_of('I', plain.issuer);
      const auto report = text_of('R', plain.report);
      const auto member = plain.member == 0 ? std::string{} : text_of('M', plain.member);
      FactView fact;
      fact.incident = kIncident.get();
      fact.issuer = fact.card_issuer = issuer;
      fact.report = report;
      fact.member = member;
      fact.known_from = plain.known_from;
      fact.card = card_of(plain.card);
      fact.outcome = plain.outcome;
      fact.active = plain.active;
      fact.attributable = plain.attributable;
      fact.reported_at = plain.reported_at;
      fact.received_at = plain.received_at;
      fact.fraud_type = FraudType::kCnpUse;
      book.put(fact);
    }
  }

 private:
  std::uint32_t below(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>{0, bound - 1}(random_);
  }
  milliseconds time(std::uint32_t days) {
    return milliseconds{
        std::uniform_int_distribution<std::int64_t>{0, days * 86'400'000LL - 1}(random_)};
  }

  void add_report(std::uint32_t report) {
    Plain fact;
    fact.report = report;
    fact.card = below(460'000);
    fact.issuer = fact.card % options_.issuers;
    if (below(10) < 6) fact.member = 1 + fact.card / 2 * options_.issuers + fact.issuer;
    fact.reported_at =
        std::chrono::sys_days{std::chrono::year{2009} / 7 / 14} + time(options_.days);
    fact.received_at = fact.known_from = fact.reported_at + time(30);
    fact.outcome = static_cast<Outcome>(std::min(below(8), 4U));
    fact.attributable = fact.outcome <= Outcome::kInFile && below(20) != 0;
    all_.push_back(fact);
    if (below(5) == 0) {
      fact.known_from += milliseconds{1} + time(200);
      fact.outcome = Outcome::kIdentified;
      fact.attributable = true;
      all_.push_back(fact);
    }
    if (below(25) == 0) {
      fact.known_from += milliseconds{1} + time(100);
      fact.active = fact.attributable = false;
      all_.push_back(fact);
    }
  }

  Options options_;
  std::mt19937 random_;
  std::vector<Plain> all_;
  std::vector<std::uint32_t> order_;
};

struct Recount {
  std::uint64_t figure = 0;
  std::vector<CountRow> rows;
};

/// The recount: one loop over all facts, the earliest report of each element kept by comparison.
class PlainScan {
  static auto order(const Plain& fact) {
    return std::tie(fact.reported_at, fact.received_at, fact.issuer, fact.report);
  }

 public:
  explicit PlainScan(const std::vector<Plain>& facts) : facts_(facts) {
    for (const auto& fact : facts) {
      elements_ = std::max({elements_, fact.report + 1, fact.card + 1});
      members_ = std::max(members_, fact.member + 1);
    }
  }

  Recount count(const CountQuery& query) {
    earliest_.assign(elements_ + std::size_t{members_}, nullptr);
    const auto first = query.time_zone.start_of(query.since);
    const auto last = query.time_zone.end_of(query.as_of);
    const auto known = query.known_at.value_or(Instant::max() - milliseconds{1});
    for (const auto& fact : facts_) {
      if (!fact.active || !fact.attributable) continue;
      if (fact.reported_at < first || fact.reported_at > last) continue;
      if (fact.known_from > known || fact.known_until <= known) continue;
      const auto*& held = earliest_[element(fact, query.unit)];
      if (held == nullptr || order(fact) < order(*held)) held = &fact;
    }
    return rows(query);
  }

 private:
  std::size_t element(const Plain& fact, CountUnit unit) const {
    if (unit == CountUnit::kReports) return fact.report;
    if (unit == CountUnit::kCards || fact.member == 0) return fact.card;
    return elements_ + std::size_t{fact.member};
  }

  Recount rows(const CountQuery& query) const {
    Recount result;
    std::map<std::string, std::uint64_t> rows;
    std::map<std::int64_t, std::uint64_t> codes;
    for (const auto* fact : earliest_) {
      if (fact == nullptr) continue;
      ++result.figure;
      if (!query.by.empty()) ++codes[code(*fact, query)];
    }
    for (const auto& [code, count] : codes) rows[key(code, query)] += count;
    for (const auto& [key, count] : rows) result.rows.push_back({{key}, count});
    return result;
  }

  static std::int64_t code(const Plain& fact, const CountQuery& query) {
    if (query.by.front() == CountKey::kIssuer) return fact.issuer;
    if (query.by.front() == CountKey::kOutcome) return static_cast<std::int64_t>(fact.outcome);
    // Tokyo has no summer time, so a day there is a whole number of days in UTC, moved.
    return std::chrono::floor<std::chrono::days>(fact.reported_at + std::chrono::hours{9})
        .time_since_epoch()
        .count();
  }
  static std::string key(std::int64_t code, const CountQuery& query) {
    if (query.by.front() == CountKey::kIssuer) {
      return text_of('I', static_cast<std::uint32_t>(code));
    }
    if (query.by.front() == CountKey::kOutcome) {
      return std::string(text(static_cast<Outcome>(code)));
    }
    return format_day(std::chrono::sys_days{std::chrono::days{code}});
  }

  const std::vector<Plain>& facts_;
  std::uint32_t elements_ = 0;
  std::uint32_t members_ = 0;
  std::vector<const Plain*> earliest_;
};

/// Wall time, and beside it the thread's own: the difference is what other work on the machine
/// took.
struct Timing {
  std::string name;
  double p50_ms = 0;
  double p99_ms = 0;
  double cpu_p50_ms = 0;
  double cpu_p99_ms = 0;
  std::size_t runs = 0;
};

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double at_percent(std::vector<double>& values, std::size_t percent) {
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) * percent / 100];
}

template <class Run>
Timing measure(std::string name, std::size_t runs, Run run) {
  std::vector<double> wall;
  std::vector<double> cpu;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto from = Clock::now();
    const auto cpu_from = cpu_ms();
    run();
    cpu.push_back(cpu_ms() - cpu_from);
    wall.push_back(std::chrono::duration<double, std::milli>(Clock::now() - from).count());
  }
  return {std::move(name),
          at_percent(wall, 50),
          at_percent(wall, 99),
          at_percent(cpu, 50),
          at_percent(cpu, 99),
          runs};
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), facts_(options), scan_(facts_.all()), random_(options.seed) {}

  int run() {
    const auto from = Clock::now();
    facts_.fold(book_);
    fold_seconds_ = std::chrono::duration<double>(Clock::now() - from).count();
    const std::vector<std::pair<std::string, std::vector<CountKey>>> kinds{
        {"figure", {}},
        {"by issuer", {CountKey::kIssuer}},
        {"by outcome", {CountKey::kOutcome}},
        {"by day", {CountKey::kDay}},
        {"by issuer,outcome", {CountKey::kIssuer, CountKey::kOutcome}},
        {"by day,outcome", {CountKey::kDay, CountKey::kOutcome}},
        {"by issuer,outcome,day", {CountKey::kIssuer, CountKey::kOutcome, CountKey::kDay}}};
    for (const auto& [name, by] : kinds) {
      timings_.push_back(
          measure(name, options_.queries, [&] { total_ += read(count(book_, query(by))); }));
    }
    timings_.push_back(measure("all days, known now, members", options_.queries / 10, [&] {
      auto asked = query({CountKey::kIssuer});
      asked.since = first_day();
      asked.as_of = day(options_.days + 1);
      asked.known_at.reset();
      asked.unit = CountUnit::kMembers;
      total_ += read(count(book_, asked));
    }));
    timings_.push_back(measure(kScan, options_.queries / 50 + 1, [&] {
      total_ += scan_.count(query({CountKey::kIssuer})).figure;
    }));
    const bool equal = check();
    print(equal);
    return equal ? 0 : 1;
  }

 private:
  /// As whoever writes an answer does: every text of every row.
  static std::uint64_t read(const CountResult& result) {
    auto sum = result.figure;
    result.rows.each([&](const auto& key, std::uint64_t count) {
      sum += count;
      for (const auto text : key) sum += static_cast<std::uint8_t>(text.back());
    });
    return sum;
  }

  static Day first_day() { return std::chrono::year{2009} / 7 / 14; }
  static Day day(std::uint32_t number) {
    return std::chrono::sys_days{first_day()} + std::chrono::days{number};
  }
  std::uint32_t below(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>{0, bound - 1}(random_);
  }

  CountQuery query(const std::vector<CountKey>& by) {
    CountQuery made;
    made.incident = kIncident;
    made.time_zone = zone_;
    made.unit = static_cast<CountUnit>(below(3));
    made.since = below(4) == 0 ? day(below(options_.days)) : first_day();
    made.as_of = std::max(made.since, day(below(options_.days + 1)));
    if (below(2) == 0) made.known_at = zone_.end_of(day(below(options_.days + 30)));
    made.by = by;
    return made;
  }

  /// Every day: as of it, as known at its end and as known now.
  bool check() {
    const std::array<CountKey, 3> keys{CountKey::kIssuer, CountKey::kOutcome, CountKey::kDay};
    const auto step = options_.checks == 0 ? 1 : std::max(1U, options_.days / options_.checks);
    for (std::uint32_t number = 0; number <= options_.days; number += step) {
      auto asked = query({keys[number % keys.size()]});
      asked.since = first_day();
      asked.as_of = day(number);
      asked.unit = static_cast<CountUnit>(number / keys.size() % 3);
      asked.known_at.reset();
      if (number % 2 == 0) asked.known_at = zone_.end_of(asked.as_of);
      const auto mine = count(book_, asked);
      const auto theirs = scan_.count(asked);
      ++checked_;
      if (mine.figure == theirs.figure && mine.rows.list() == theirs.rows) continue;
      std::fprintf(stderr, "as of %s: differs\n", format_day(asked.as_of).c_str());
      return false;
    }
    return true;
  }

  void print(bool equal) const {
    std::printf("%zu facts folded in random order in %.2f s\n", book_.size(), fold_seconds_);
    std::printf(
        "%-32s %8s %8s %8s %8s %6s\n", "count", "p50 ms", "p99 ms", "cpu p50", "cpu p99", "runs");
    for (const auto& timing : timings_) {
      std::printf("%-32s %8.2f %8.2f %8.2f %8.2f %6zu\n",
                  timing.name.c_str(),
                  timing.p50_ms,
                  timing.p99_ms,
                  timing.cpu_p50_ms,
                  timing.cpu_p99_ms,
                  timing.runs);
    }
    std::printf("%u days recounted: %s\n", checked_, equal ? "equal" : "DIFFERENT");
    std::printf("%s\n", json(equal).c_str());
  }

  /// The last line, for programs. p99_ms is that of the worst kind of query.
  [[nodiscard]] std::string json(bool equal) const {
    double worst = 0;
    double scan = 0;
    std::string counts;
    codec::JsonWriter writer{counts};
    writer.begin_object();
    for (const auto& timing : timings_) {
      if (timing.name == kScan) {
        scan = timing.p50_ms;
      } else {
        worst = std::max(worst, timing.p99_ms);
      }
      writer.begin_object(timing.name).raw("p50_ms", std::to_string(timing.p50_ms));
      writer.raw("p99_ms", std::to_string(timing.p99_ms));
      writer.raw("cpu_p50_ms", std::to_string(timing.cpu_p50_ms));
      writer.raw("cpu_p99_ms", std::to_string(timing.cpu_p99_ms));
      writer.number("runs", timing.runs).end_object();
    }
    writer.end_object();
    std::string out;
    codec::JsonWriter document{out};
    document.begin_object().number("facts", book_.size()).boolean("equal", equal);
    document.number("days_recounted", checked_).raw("p99_ms", std::to_string(worst));
    document.raw("scan_ms", std::to_string(scan));
    document.raw("fold_seconds", std::to_string(fold_seconds_)).raw("counts", counts);
    document.end_object();
    return out;
  }

  Options options_;
  TimeZone zone_ = TimeZone::find("Asia/Tokyo").value();
  Facts facts_;
  PlainScan scan_;
  std::mt19937 random_;
  FactBook book_;
  double fold_seconds_ = 0;
  std::vector<Timing> timings_;
  std::uint32_t checked_ = 0;
  std::uint64_t total_ = 0;  ///< Keeps the counts from being optimised away.
};

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  cw::bench::Options options;
  CLI::App app("Counts over random facts, beside a plain scan, each day equal to its recount");
  app.add_option("--facts", options.facts, "facts")->capture_default_str();
  app.add_option("--queries", options.queries, "random queries of each kind")
      ->capture_default_str();
  app.add_option("--days", options.days, "days over which reports spread")->capture_default_str();
  app.add_option("--issuers", options.issuers, "issuers")->capture_default_str();
  app.add_option("--seed", options.seed, "of the facts and queries")->capture_default_str();
  app.add_option("--checks", options.checks, "days to recount; 0: every one")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return cw::bench::Bench{options}.run();
}
