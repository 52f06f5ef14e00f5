#include "lib/telemetry/registry.hpp"

#include "lib/base/assert.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <set>
#include <type_traits>

namespace cw::telemetry {
namespace {

template <class Metric>
struct NativeOf;
template <>
struct NativeOf<Counter> {
  using type = prometheus::Counter;
};
template <>
struct NativeOf<Gauge> {
  using type = prometheus::Gauge;
};
template <>
struct NativeOf<Histogram> {
  using type = prometheus::Histogram;
};

}  // namespace

void Counter::add(double amount) const {
  static_cast<prometheus::Counter*>(native_)->Increment(amount);
}
double Counter::value() const {
  return static_cast<prometheus::Counter*>(native_)->Value();
}

void Gauge::set(double value) const {
  static_cast<prometheus::Gauge*>(native_)->Set(value);
}
void Gauge::add(double amount) const {
  static_cast<prometheus::Gauge*>(native_)->Increment(amount);
}
double Gauge::value() const {
  return static_cast<prometheus::Gauge*>(native_)->Value();
}

void Histogram::observe(double value) const {
  static_cast<prometheus::Histogram*>(native_)->Observe(value);
}

template <class Metric>
struct Family<Metric>::Native {
  using NativeMetric = typename NativeOf<Metric>::type;

  NativeMetric& create(const prometheus::Labels& labels_of_series) const {
    if constexpr (std::is_same_v<Metric, Histogram>) {
      return family.Add(labels_of_series, bounds);
    } else {
      return family.Add(labels_of_series);
    }
  }

  prometheus::Family<NativeMetric>& family;
  std::vector<std::string> labels;
  std::vector<double> bounds;
  std::mutex mutex = {};
  std::map<std::vector<std::string>, NativeMetric*> series = {};
};

template <class Metric>
Metric Family<Metric>::with(std::vector<std::string> label_values) const {
  Native& native = *native_;
  CW_ASSERT(label_values.size() == native.labels.size());
  const std::lock_guard lock(native.mutex);
  if (!native.series.contains(label_values) && native.series.size() >= Registry::kSeriesMax) {
    label_values.assign(label_values.size(), "other");
  }
  auto*& metric = native.series[label_values];
  if (metric == nullptr) {
    prometheus::Labels named;
    for (std::size_t i = 0; i < native.labels.size(); ++i) {
      named.emplace(native.labels[i], label_values[i]);
    }
    metric = &native.create(named);
  }
  return Metric{metric};
}

template <class Metric>
void Family<Metric>::remove(const std::vector<std::string>& label_values) const {
  const std::lock_guard lock(native_->mutex);
  const auto found = native_->series.find(label_values);
  if (found == native_->series.end()) return;
  native_->family.Remove(found->second);
  native_->series.erase(found);
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

std::vector<double> seconds_buckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

struct Registry::Impl {
  /// prometheus-cpp would merge two families of one name in silence.
  void claim(std::string_view name) {
    const std::lock_guard lock(mutex);
    const bool is_new = names.emplace(name).second;
    CW_ASSERT(is_new);
  }

  template <class Metric, class Builder>
  Family<Metric> declare(Builder builder,
                         const Description& description,
                         std::vector<double> bounds) {
    claim(description.name);
    auto& family = builder.Name(std::string{description.name})
                       .Help(std::string{description.help})
                       .Register(registry);
    using Native = typename Family<Metric>::Native;
    return Family<Metric>{
        std::shared_ptr<Native>{new Native{family, description.labels, std::move(bounds)}}};
  }

  prometheus::Registry registry;
  mutable std::mutex mutex;
  std::set<std::string, std::less<>> names;
  std::vector<std::function<void()>> refreshes;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::counter(std::string_view name, std::string_view help) {
  return counters({name, help}).with({});
}

Gauge Registry::gauge(std::string_view name, std::string_view help) {
  return gauges({name, help}).with({});
}

Histogram Registry::histogram(std::string_view name,
                              std::string_view help,
                              std::vector<double> bounds) {
  return histograms({name, help}, std::move(bounds)).with({});
}

Family<Counter> Registry::counters(const Description& description) {
  return impl_->declare<Counter>(prometheus::BuildCounter(), description, {});
}

Family<Gauge> Registry::gauges(const Description& description) {
  return impl_->declare<Gauge>(prometheus::BuildGauge(), description, {});
}

Family<Histogram> Registry::histograms(const Description& description, std::vector<double> bounds) {
  return impl_->declare<Histogram>(prometheus::BuildHistogram(), description, std::move(bounds));
}

void Registry::on_collect(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshes.push_back(std::move(refresh));
}

std::string Registry::expose() const {
  std::vector<std::function<void()>> refreshes;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshes = impl_->refreshes;
  }
  for (const auto& refresh : refreshes) refresh();
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

}  // namespace cw::telemetry
