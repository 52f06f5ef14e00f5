#pragma once

#include "lib/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// When so much of a topic cannot be used that its producer must be broken, not its records.
struct PoisonLimits {
  std::uint32_t percent_max = 50;  ///< Of the records of a window; 100: never stops.
  std::uint32_t window_records = 1'000;
};

/// Where an input record stands.
struct RecordPlace {
  std::string_view topic;
  std::size_t topic_index = 0;  ///< Among the inputs.
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// Stops the consumption of a topic before its history is swept into quarantine: more than
/// `percent_max` of the records of a window, and at least kBadMin, have a wrong form. A window
/// begins with an unusable record, so that usable ones cost nothing here.
/// THREAD: not safe; belongs to its lane.
class PoisonBreaker {
 public:
  static constexpr std::uint64_t kBadMin = 200;

  explicit PoisonBreaker(PoisonLimits limits) : limits_(limits) {}

  /// A record whose form is wrong, for reason `why`. `seen`: records of its topic in the batch in
  /// hand, with this one. Fails with kLimitReached, saying what was seen: the batch must not be
  /// committed.
  [[nodiscard]] Status unusable(const RecordPlace& record, std::uint64_t seen, Errc why);
  /// The batch in hand is committed; it had so many records of this topic.
  void committed(std::size_t topic, std::uint64_t records);
  /// The batch in hand never was.
  void aborted() { topics_ = committed_; }

 private:
  struct Topic {
    std::uint64_t before = 0;  ///< Records in committed batches.
    std::uint64_t start = 0;   ///< Number of the window's first record.
    std::uint64_t bad = 0;     ///< In the window.
    std::string first = {};    ///< Where its first unusable records stand.
  };

  [[nodiscard]] static Topic& of(std::vector<Topic>& topics, std::size_t topic);

  PoisonLimits limits_;
  std::vector<Topic> topics_;  ///< By index.
  std::vector<Topic> committed_;
};

}  // namespace cw::matcher
