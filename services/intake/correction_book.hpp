#pragma once

#include "intake/report_index.hpp"
#include "lib/domain/record_views.hpp"
#include "lib/domain/report.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace cw::intake {

/// Knows which reports have revisions that name different cards, and which copies of them are
/// still missing (rules.md R10): each revision of such a report is to lie with each of its cards.
/// What is missing follows from the set of records noted, so it can be learnt anew at any time.
/// THREAD: not safe.
class CorrectionBook {
 public:
  struct Limits {
    std::size_t bytes_max = std::size_t{1} << 30U;
    /// Copies that one report may need; beyond, its sender is broken.
    std::size_t copies_per_report_max = 20'000;
  };

  /// `seed`: any number; keeps a sender from choosing what collides.
  CorrectionBook(const Limits& limits, std::uint64_t seed);

  enum class Noted : std::uint8_t {
    kKnown,    ///< Nothing follows from it.
    kDue,      ///< Its report may lack copies now.
    kRefused,  ///< No room: copies of this report may be missing for good.
  };
  /// A record that lies with the card it names.
  [[nodiscard]] Noted note(const ReportView& report, const Place& place);
  /// A record with filed_under. Needs its content_hash.
  [[nodiscard]] Noted note_copy(const ReportRevision& copy);

  /// A report whose copies are to be looked at, by the hash that it is known by.
  struct Task {
    std::uint64_t report = 0;
    std::vector<Place> places;  ///< Where its records lie, copies aside.
  };
  /// Takes up to `reports_max` of what is due, fewer if they have many records. What failed is put
  /// back, behind the others.
  [[nodiscard]] std::vector<Task> take_due(std::size_t reports_max);
  void put_back(const Task& task);

  struct Missing {
    std::vector<ReportRevision> copies;
    bool over_limit = false;  ///< A report needs too many; its copies are left out.
  };
  /// The copies that these reports still need. `records`: all that lie at the places of some tasks,
  /// in any order, with their content_hash. It is here that reports are told apart by their ids.
  [[nodiscard]] Missing missing(std::vector<ReportRevision> records) const;

  [[nodiscard]] std::size_t due() const noexcept { return due_.size(); }
  [[nodiscard]] std::size_t records() const noexcept { return index_.size(); }
  [[nodiscard]] std::size_t moved() const noexcept { return moved_.size(); }
  /// Memory in use, about.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  /// What is known of a report with several cards.
  struct Moved {
    std::unordered_set<std::uint64_t> copies;  ///< Marks of those that are there.
    bool due = false;
  };

  [[nodiscard]] std::uint64_t hash_of(std::string_view issuer, std::string_view report) const;
  [[nodiscard]] std::uint64_t mark_of(const ReportRevision& report, const CardRef& home) const;
  [[nodiscard]] bool has_room_for_moves() const noexcept;
  void make_due(std::uint64_t report, Moved& moved);
  void add_missing(std::span<const ReportRevision> report, Missing& out) const;

  Limits limits_;
  std::uint64_t seed_;
  ReportIndex index_;
  std::unordered_map<std::uint64_t, Moved> moved_;
  std::size_t copies_ = 0;
  std::deque<std::uint64_t> due_;
};

}  // namespace cw::intake
