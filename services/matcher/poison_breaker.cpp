#include "matcher/poison_breaker.hpp"

namespace cw::matcher {
namespace {

constexpr std::uint64_t kFirstShown = 3;
constexpr std::uint64_t kPercent = 100;

}  // namespace

PoisonBreaker::Topic& PoisonBreaker::of(std::vector<Topic>& topics, std::size_t topic) {
  if (topics.size() <= topic) topics.resize(topic + 1);
  return topics[topic];
}

Status PoisonBreaker::unusable(const RecordPlace& record, std::uint64_t seen, Errc why) {
  auto& topic = of(topics_, record.topic_index);
  const auto number = topic.before + seen;
  if (topic.bad == 0 || number - topic.start >= limits_.window_records) {
    topic.start = number;
    topic.bad = 0;
    topic.first.clear();
  }
  ++topic.bad;
  const auto where = std::to_string(record.partition) + "/" + std::to_string(record.offset);
  if (topic.bad <= kFirstShown) topic.first += " " + where + " " + std::string{cw::name(why)};
  const auto records = number - topic.start + 1;
  // Without the first record, which is unusable by the choice of the window.
  const bool tolerable = (topic.bad - 1) * kPercent <= (records - 1) * limits_.percent_max;
  if (topic.bad < kBadMin || tolerable) return Ok{};
  return Error{Errc::kLimitReached,
               std::to_string(topic.bad) + " of " + std::to_string(records) + " records of " +
                   std::string{record.topic} + " cannot be used; partition/offset:" + topic.first};
}

void PoisonBreaker::committed(std::size_t topic, std::uint64_t records) {
  auto& now = of(topics_, topic);
  now.before += records;
  of(committed_, topic) = now;
}

}  // namespace cw::matcher
