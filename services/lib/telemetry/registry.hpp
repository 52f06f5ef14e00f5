#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cw::telemetry {

/// Handles to one time series each. Cheap to copy, valid as long as the Registry. THREAD: safe.
class Counter {
 public:
  explicit Counter(void* native) : native_(native) {}
  void add(double amount = 1) const;
  [[nodiscard]] double value() const;

 private:
  void* native_;
};

class Gauge {
 public:
  explicit Gauge(void* native) : native_(native) {}
  void set(double value) const;
  void add(double amount) const;
  [[nodiscard]] double value() const;

 private:
  void* native_;
};

class Histogram {
 public:
  explicit Histogram(void* native) : native_(native) {}
  void observe(double value) const;

 private:
  void* native_;
};

/// A metric with labels, declared up front. with({...}) gives the values in the declared order.
///
/// At most kSeriesMax series a family: further label values are counted under "other", so that
/// no input can grow the exposition without end. THREAD: safe.
template <class Metric>
class Family {
 public:
  struct Native;
  explicit Family(std::shared_ptr<Native> native) : native_(std::move(native)) {}

  [[nodiscard]] Metric with(std::vector<std::string> label_values) const;
  /// Forgets one series (an issuer that left). Handles to it must not be used any more.
  void remove(const std::vector<std::string>& label_values) const;

 private:
  std::shared_ptr<Native> native_;
};

struct Description {
  std::string_view
      name;  ///< "cardwatch_notifier_deliveries_total"; base units, _total for counters.
  std::string_view help;
  std::vector<std::string> labels = {};
};

/// Bucket bounds in seconds from 1 ms to 60 s.
[[nodiscard]] std::vector<double> seconds_buckets();

/// All metrics of a process. Names are unique; declaring one twice is a bug. THREAD: safe.
class Registry {
 public:
  static constexpr std::size_t kSeriesMax = 2000;

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  [[nodiscard]] Counter counter(std::string_view name, std::string_view help);
  [[nodiscard]] Gauge gauge(std::string_view name, std::string_view help);
  [[nodiscard]] Histogram histogram(std::string_view name,
                                    std::string_view help,
                                    std::vector<double> bounds = seconds_buckets());

  [[nodiscard]] Family<Counter> counters(const Description& description);
  [[nodiscard]] Family<Gauge> gauges(const Description& description);
  [[nodiscard]] Family<Histogram> histograms(const Description& description,
                                             std::vector<double> bounds = seconds_buckets());

  /// Called before each exposition, to set gauges that are computed on demand. Must be quick and
  /// must not call expose(). What it captures must outlive the Registry's last exposition.
  void on_collect(std::function<void()> refresh);

  /// Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cw::telemetry
