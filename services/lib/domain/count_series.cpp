#include "lib/domain/count_series.hpp"

#include "lib/domain/code_names.hpp"
#include "lib/domain/count_scan.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace cw {
namespace {

constexpr CodeNames<SeriesStep, 3> kSteps{{"day", "week", "month"}};

/// Points [from, to) of a series.
struct Span {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

/// At which points each element is counted already. Rows come in the order of R20, so whoever comes
/// first to a point is the element's earliest report there.
class Cover {
 public:
  explicit Cover(std::size_t elements) : heads_(elements, kNone) {}

  /// Calls visit(Span) for each part of `span` that was not covered, and covers it.
  template <class Visit>
  void add(std::size_t element, Span span, Visit visit) {
    if (span.from >= span.to) return;
    open_.assign(1, span);
    for (auto id = heads_[element]; id != kNone && !open_.empty(); id = spans_[id].next) {
      subtract(spans_[id].span);
    }
    for (const auto& part : open_) {
      visit(part);
      spans_.push_back({part, heads_[element]});
      heads_[element] = static_cast<std::uint32_t>(spans_.size() - 1);
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Link {
    Span span;
    std::uint32_t next;
  };

  void subtract(Span covered) {
    rest_.clear();
    for (const auto& part : open_) {
      const Span left{part.from, std::min(part.to, covered.from)};
      const Span right{std::max(part.from, covered.to), part.to};
      if (left.from < left.to) rest_.push_back(left);
      if (right.from < right.to) rest_.push_back(right);
    }
    open_.swap(rest_);
  }

  std::vector<std::uint32_t> heads_;
  std::vector<Link> spans_;
  std::vector<Span> open_;
  std::vector<Span> rest_;
};

Day step_end(Day day, SeriesStep step) {
  const std::chrono::sys_days from{day};
  switch (step) {
    case SeriesStep::kDay:
      break;
    case SeriesStep::kWeek:
      return from + (std::chrono::Sunday - std::chrono::weekday{from});
    case SeriesStep::kMonth:
      return day.year() / day.month() / std::chrono::last;
  }
  return day;
}

Error too_large(std::string what, std::size_t bound) {
  return Error{Errc::kBadRequest,
               "the series has more than " + std::to_string(bound) + ' ' + std::move(what) +
                   "; take a longer step, fewer days or fewer keys"};
}

/// The steps, with the ends of their last days and what each is known at.
struct Steps {
  std::vector<SeriesPoint> points;
  std::vector<Instant> ends;
  std::vector<Instant> known;

  /// The first point that ends not before `instant`.
  static std::uint32_t first(const std::vector<Instant>& ends, Instant instant) {
    return static_cast<std::uint32_t>(std::lower_bound(ends.begin(), ends.end(), instant) -
                                      ends.begin());
  }
};

Result<Steps> steps_of(const SeriesQuery& query) {
  Steps steps;
  const auto& count = query.count;
  for (auto from = count.since; from <= count.as_of;) {
    if (steps.points.size() == SeriesQuery::kPointsMax) {
      return too_large("points", SeriesQuery::kPointsMax);
    }
    SeriesPoint point;
    point.from = from;
    point.to = std::min(step_end(from, query.step), count.as_of);
    steps.ends.push_back(count.time_zone.end_of(point.to));
    if (query.known == SeriesKnown::kEach) {
      point.known_at = std::min(steps.ends.back(), query.now);
    } else {
      point.known_at = count.known_at;
    }
    steps.known.push_back(point.known_at.value_or(kKnownNow));
    from = std::chrono::sys_days{point.to} + std::chrono::days{1};
    steps.points.push_back(std::move(point));
  }
  return steps;
}

class Series {
 public:
  Series(const FactTable& table, const SeriesQuery& query, Steps steps)
      : table_(table), query_(query), steps_(std::move(steps)), groups_(query.count, table) {}

  [[nodiscard]] Result<std::vector<SeriesPoint>> take() {
    if (!count()) return too_large("points times groups", SeriesQuery::kCellsMax);
    std::vector<std::pair<std::uint64_t, std::uint32_t>> order(numbers_.begin(), numbers_.end());
    std::sort(order.begin(), order.end());
    for (const auto& [group, number] : order) add_group(group, changes_[number]);
    auto& points = steps_.points;
    for (std::size_t i = 1; i < points.size(); ++i) {
      points[i].change -= static_cast<std::int64_t>(points[i - 1].figure);
    }
    return std::move(points);
  }

 private:
  using Changes = std::vector<std::int32_t>;  ///< By point.

  /// False: too many cells.
  bool count() {
    auto window = window_of(query_.count);
    window.known_since = steps_.known.front();
    window.known_to = steps_.known.back();
    const ElementIds elements{query_.count.unit, table_.names()};
    Cover cover{elements.size()};
    bool fits = true;
    table_.rows().scan(window, [&](const FactRows::Chunk& chunk, ChunkRows rows) {
      if (!fits) return;
      const auto groups = groups_.of(chunk, rows);
      elements.with(chunk, [&](auto of) {
        for (std::size_t i = 0; i < rows.size() && fits; ++i) {
          cover.add(of(rows[i]), span_of(chunk, rows[i]), [&](Span part) {
            fits = fits && count(groups[i], part);
          });
        }
      });
    });
    return fits;
  }

  bool count(std::uint64_t group, Span part) {
    auto* changes = changes_of(group);
    if (changes == nullptr) return false;
    ++(*changes)[part.from];
    --(*changes)[part.to];
    return true;
  }

  [[nodiscard]] Span span_of(const FactRows::Chunk& rows, std::size_t row) const {
    const auto reported = Steps::first(steps_.ends, rows.reported_at[row]);
    const auto known = Steps::first(steps_.known, rows.known_from[row]);
    return {std::max(reported, known), Steps::first(steps_.known, rows.known_until[row])};
  }

  Changes* changes_of(std::uint64_t group) {
    const auto points = steps_.points.size();
    const auto [found, added] =
        numbers_.try_emplace(group, static_cast<std::uint32_t>(changes_.size()));
    if (added) {
      if ((changes_.size() + 1) * points > SeriesQuery::kCellsMax) return nullptr;
      changes_.emplace_back(points + 1);
    }
    return &changes_[found->second];
  }

  void add_group(std::uint64_t group, const Changes& changes) {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < steps_.points.size(); ++i) {
      count += changes[i];
      auto& point = steps_.points[i];
      point.figure += static_cast<std::uint64_t>(count);
      point.change += count;
      const bool shown = count != 0 || changes[i] != 0;
      if (query_.count.by.empty() || !shown) continue;
      point.rows.push_back({key_of(group), static_cast<std::uint64_t>(count), changes[i]});
    }
  }

  [[nodiscard]] std::vector<std::string> key_of(std::uint64_t group) const {
    std::vector<std::string_view> texts;
    texts_of(groups_.values(), group, texts);
    return {texts.begin(), texts.end()};
  }

  const FactTable& table_;
  const SeriesQuery& query_;
  Steps steps_;
  CountGroups groups_;
  std::unordered_map<std::uint64_t, std::uint32_t> numbers_;  ///< Group -> place in changes_.
  std::vector<Changes> changes_;
};

}  // namespace

std::string_view text(SeriesStep step) noexcept {
  return kSteps.text(step);
}

std::optional<SeriesStep> series_step_from(std::string_view text) noexcept {
  return kSteps.find(text);
}

Result<std::vector<SeriesPoint>> count_series(const FactBook& facts, const SeriesQuery& query) {
  auto steps = steps_of(query);
  if (!steps) return std::move(steps).error();
  const auto* table = facts.table(query.count.incident.get());
  if (table == nullptr || steps.value().points.empty()) return std::move(steps).value().points;
  return Series{*table, query, std::move(steps).value()}.take();
}

}  // namespace cw
