#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace cw {

/// Values in order, repeats included, in runs short enough that adding one anywhere moves little.
/// THREAD: const access is safe.
template <class Value>
class SortedBag {
 public:
  void add(const Value& value) {
    if (runs_.empty()) runs_.emplace_back();
    auto run = run_of(value);
    if (run == runs_.end()) --run;
    run->insert(std::upper_bound(run->begin(), run->end(), value), value);
    ++size_;
    if (run->size() > kRunMax) split(run);
  }

  /// Removes one of the values equal to `value`; nothing if there is none.
  void remove(const Value& value) {
    const auto run = run_of(value);
    if (run == runs_.end()) return;
    const auto place = std::lower_bound(run->begin(), run->end(), value);
    if (place == run->end() || *place != value) return;
    run->erase(place);
    --size_;
    if (run->empty()) runs_.erase(run);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The greatest value that is not greater than `bound`.
  [[nodiscard]] std::optional<Value> last_up_to(const Value& bound) const {
    auto run = std::partition_point(
        runs_.begin(), runs_.end(), [&](const Run& each) { return !(bound < each.front()); });
    if (run == runs_.begin()) return std::nullopt;
    --run;
    return *std::prev(std::upper_bound(run->begin(), run->end(), bound));
  }

  /// The middle value, of an even number the smaller of the two in the middle.
  [[nodiscard]] std::optional<Value> median() const {
    if (size_ == 0) return std::nullopt;
    auto left = (size_ - 1) / 2;
    auto run = runs_.begin();
    for (; left >= run->size(); ++run) left -= run->size();
    return (*run)[left];
  }

 private:
  using Run = std::vector<Value>;
  static constexpr std::size_t kRunMax = 1024;

  /// The first run whose last value is not before `value`.
  typename std::vector<Run>::iterator run_of(const Value& value) {
    return std::partition_point(runs_.begin(), runs_.end(), [&](const Run& each) {
      return !each.empty() && each.back() < value;
    });
  }

  void split(typename std::vector<Run>::iterator run) {
    const auto middle = run->begin() + static_cast<std::ptrdiff_t>(run->size() / 2);
    Run upper(middle, run->end());
    run->erase(middle, run->end());
    runs_.insert(std::next(run), std::move(upper));
  }

  std::vector<Run> runs_;
  std::size_t size_ = 0;
};

}  // namespace cw
