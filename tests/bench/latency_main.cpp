// cw_bench_latency: from a report accepted by intake to its entry at the issuer's endpoint.
#include "bench/options.hpp"
#include "bench/workload.hpp"
#include "issuer/journal.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwe.hpp"
#include "lib/http/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unordered_map>
#include <vector>

namespace cw::bench {
namespace {

using std::chrono::duration;
using SteadyClock = std::chrono::steady_clock;

struct Options {
  WorkloadOptions workload;
  std::string mode = "send";
  std::string url;
  http::TlsFiles tls;
  double rate = 1000;
  double seconds = 60;
  double warm_seconds = 2;  ///< At the start, while connections are opened: not measured.
  std::string times;        ///< File between the modes: card, due, accepted.
  std::string journals;
  std::string keys;
  std::string arrivals;  ///< Written by join: card, arrival.
  std::uint64_t spoil = 0;
};

/// Milliseconds of the wall clock, in which the issuer's journal tells its times too.
double wall_ms() {
  return duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// One report that was accepted.
struct Sent {
  std::uint64_t card = 0;
  double due_ms = 0;
  double accepted_ms = 0;
};

/// Sends one report each time one is due, whatever became of those before.
class OpenLoop {
 public:
  OpenLoop(const Options& options, const Workload& workload)
      : options_(options), workload_(workload) {
    http::ClientOptions settings;
    settings.idle_connections_max = 256;
    auto tls = or_give_up(http::TlsContext::load(http::TlsContext::Role::kClient, options.tls),
                          "certificates");
    client_ = std::make_unique<http::Client>(io_.get_executor(), std::move(tls), settings);
    target_ = or_give_up(http::parse_url(options.url + "/v1/reports"), "url");
  }

  int run() {
    boost::asio::co_spawn(io_, pace(), boost::asio::detached);
    io_.run();
    std::ofstream file{options_.times};
    file.precision(15);
    for (const auto& sent : sent_) {
      file << sent.card << ' ' << sent.due_ms << ' ' << sent.accepted_ms << '\n';
    }
    std::printf("{\"sent\": %zu, \"refused\": %zu}\n", sent_.size(), refused_);
    return file.flush() && refused_ == 0 ? 0 : 1;
  }

 private:
  http::Task<void> pace() {
    const auto count = static_cast<std::uint64_t>(options_.rate * options_.seconds);
    sent_.reserve(count);
    boost::asio::steady_timer timer{io_};
    const auto start = SteadyClock::now();
    const auto start_ms = wall_ms();
    for (std::uint64_t number = 0; number < count; ++number) {
      const duration<double> due{static_cast<double>(number) / options_.rate};
      timer.expires_at(start + std::chrono::duration_cast<SteadyClock::duration>(due));
      co_await timer.async_wait(boost::asio::use_awaitable);
      boost::asio::co_spawn(io_,
                            send(number % options_.workload.cards, start_ms + due.count() * 1000),
                            boost::asio::detached);
    }
  }

  http::Task<void> send(std::uint64_t card, double due_ms) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = target_;
    request.private_addresses = http::PrivateAddresses::kAllow;
    request.headers.set("Content-Type", "application/json");
    request.body = "{\"reports\":[{\"issuer\":\"" + workload_.issuer_of(card) +
                   "\",\"report_id\":\"L-" + std::to_string(card) +
                   "\",\"revision\":1,\"action\":\"NEWF\",\"pan\":\"" + workload_.pan(card) +
                   "\",\"reported_at\":\"" + format_instant(now()) +
                   "\",\"fraud_type\":\"CNP_USE\"}]}";
    const auto answer = co_await client_->send(std::move(request));
    if (answer && answer.value().status == 202) {
      sent_.push_back({card, due_ms, wall_ms()});
    } else {
      if (refused_++ == 0) {
        std::fprintf(stderr,
                     "first refusal: %s\n",
                     answer ? answer.value().body.c_str() : answer.error().detail.c_str());
      }
    }
  }

  const Options& options_;
  const Workload& workload_;
  boost::asio::io_context io_{1};
  std::unique_ptr<http::Client> client_;
  http::Url target_;
  std::vector<Sent> sent_;
  std::size_t refused_ = 0;
};

/// When each card became known as one with a reported fraud, from the issuers' journals.
class Arrivals {
 public:
  Arrivals(const Options& options, const Workload& workload) : options_(options) {
    for (std::uint64_t card = 0; card < options.workload.cards; ++card) {
      cards_.emplace(workload.pan(card), card);
    }
    for (const auto& entry : std::filesystem::directory_iterator{options.journals}) {
      if (entry.path().extension() == ".journal") read(entry.path());
    }
  }

  [[nodiscard]] const std::unordered_map<std::uint64_t, double>& times() const { return times_; }

 private:
  void read(const std::filesystem::path& path) {
    const auto key_file = options_.keys + "/" + path.stem().string() + ".key";
    const auto key = or_give_up(crypto::PrivateKey::load(key_file), "key");
    const auto take = [&](const issuer::JournalRecord& record) -> Status {
      const auto opened = crypto::jwe_decrypt(key, record.body);
      if (!opened) return opened.error();
      const auto batch = codec::decode_feed_batch(opened.value().plaintext.reveal());
      if (!batch) return batch.error();
      for (const auto& entry : batch.value().entries) {
        if (entry.level != WatchLevel::kFraudReported) continue;
        const auto at = static_cast<double>(record.received_at.time_since_epoch().count());
        times_.emplace(cards_.at(std::string{entry.pan.reveal()}), at);
      }
      return Ok{};
    };
    or_give_up(
        issuer::Journal::open({.path = path.string(), .bytes_max = std::uint64_t{8} << 30U}, take),
        "journal");
  }

  const Options& options_;
  std::unordered_map<std::string, std::uint64_t> cards_;
  std::unordered_map<std::uint64_t, double> times_;
};

void print(const char* name, std::vector<double> values, const char* end) {
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t share) {
    return values.empty() ? 0.0 : values[std::min(values.size() - 1, values.size() * share / 1000)];
  };
  std::printf(
      "\"%s\": {\"p50\": %.2f, \"p90\": %.2f, \"p99\": %.2f, \"p999\": %.2f, "
      "\"max\": %.2f}%s",
      name,
      at(500),
      at(900),
      at(990),
      at(999),
      at(1000),
      end);
}

std::vector<Sent> read_times(const std::string& path) {
  std::vector<Sent> all;
  std::ifstream file{path};
  Sent sent;
  while (file >> sent.card >> sent.due_ms >> sent.accepted_ms) all.push_back(sent);
  std::sort(
      all.begin(), all.end(), [](const Sent& a, const Sent& b) { return a.due_ms < b.due_ms; });
  return all;
}

int join(const Options& options, const Workload& workload) {
  const Arrivals arrivals{options, workload};
  std::vector<double> from_due;
  std::vector<double> from_accepted;
  std::vector<double> intake;
  std::size_t missing = options.spoil;
  const auto all = read_times(options.times);
  std::ofstream arrived{options.arrivals};
  arrived.precision(15);
  for (const auto& [card, at] : arrivals.times()) arrived << card << ' ' << at << '\n';
  for (const auto& sent : all) {
    const auto found = arrivals.times().find(sent.card);
    if (found == arrivals.times().end()) ++missing;
    const bool warm = sent.due_ms >= all.front().due_ms + options.warm_seconds * 1000;
    if (!warm || found == arrivals.times().end()) continue;
    intake.push_back(sent.accepted_ms - sent.due_ms);
    from_due.push_back(found->second - sent.due_ms);
    from_accepted.push_back(found->second - sent.accepted_ms);
  }
  std::printf("{\"reports\": %zu, \"missing\": %zu, ", all.size(), missing);
  print("due_to_202_ms", std::move(intake), ", ");
  print("due_to_endpoint_ms", std::move(from_due), ", ");
  print("accepted_to_endpoint_ms", std::move(from_accepted), "}\n");
  return 0;
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures the way of a report from intake to the issuer's endpoint"};
  add_workload_options(app, options.workload);
  app.add_option("--mode", options.mode, "send, then join when the issuer has stopped")
      ->check(CLI::IsMember({"send", "join"}));
  app.add_option("--url", options.url, "of intake");
  app.add_option("--certificate", options.tls.certificate, "of a principal that may report");
  app.add_option("--key", options.tls.key, "of the certificate");
  app.add_option("--ca", options.tls.ca, "that signed intake's certificate");
  app.add_option("--rate", options.rate, "reports a second, open loop")->capture_default_str();
  app.add_option("--seconds", options.seconds, "how long")->capture_default_str();
  app.add_option("--warm-seconds", options.warm_seconds, "at the start, not measured by join")
      ->capture_default_str();
  app.add_option("--times", options.times, "file between the two modes")->required();
  app.add_option("--journals", options.journals, "the issuer's journal folder");
  app.add_option("--keys", options.keys, "folder with ISSUER.key, the issuers' private keys");
  app.add_option("--arrivals", options.arrivals, "file to write for each card when it arrived");
  app.add_option("--spoil", options.spoil, "say that so many are missing, for a test");
  parse_or_exit(app, argc, argv);
  return options;
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  using namespace cw::bench;
  const auto options = parse(argc, argv);
  const Workload workload{options.workload};
  return options.mode == "send" ? OpenLoop{options, workload}.run() : join(options, workload);
}
