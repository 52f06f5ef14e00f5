#pragma once

#include "lib/domain/fact_rows.hpp"
#include "lib/domain/record_views.hpp"
#include "lib/domain/reporting_log.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace cw {

/// The facts of one incident. Each row stands until the next fact of the same report and card, so
/// that what was known at an instant is a test of one row alone. About 130 bytes a fact, its report
/// and card included. THREAD: const access is safe; the owner serialises changes.
class FactTable {
 public:
  FactTable() : rows_(names_) {}
  FactTable(const FactTable&) = delete;
  FactTable& operator=(const FactTable&) = delete;

  /// A fact that is new or changed; its incident is not looked at. `log` learns of a report that is
  /// new here, and forgets one that no fact here rests on any more.
  void put(const FactView& fact, ReportingLog& log);
  /// Takes a fact away, known by issuer, report, card and known_from; nothing if it is not there.
  void retract(const FactView& fact, ReportingLog& log);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const FactNames& names() const noexcept { return names_; }
  [[nodiscard]] const FactRows& rows() const noexcept { return rows_; }
  /// A row as a fact again, without its incident; valid until the next change.
  [[nodiscard]] FactView fact_at(const FactRows::Chunk& chunk, std::size_t row) const;

 private:
  /// Where the row of a fact is: what its place in the order rests on, chained by report.
  struct Version {
    Instant known_from;
    Instant reported_at;
    Instant received_at;
    std::uint32_t card = 0;
    std::uint32_t next = TextIds::kNone;
  };
  /// The versions of the same report and card before, at and after an instant.
  struct Around {
    std::uint32_t before = TextIds::kNone;
    std::uint32_t at = TextIds::kNone;
    std::uint32_t after = TextIds::kNone;
  };

  [[nodiscard]] FactRow row_of(const FactView& fact);
  [[nodiscard]] Around around(std::uint32_t report, std::uint32_t card, Instant known_from) const;
  [[nodiscard]] FactRows::Place place_of(std::uint32_t report, const Version& version) const;
  [[nodiscard]] bool rests_on(std::uint32_t report, ReportingLog::Heard heard) const;
  void replace(const FactRow& row, Version& version, ReportingLog& log);
  void add(const FactRow& row, const Around& near, ReportingLog& log);
  void end_at(std::uint32_t report, std::uint32_t version, Instant until);
  void link(std::uint32_t report, const Version& version);
  void unlink(std::uint32_t report, std::uint32_t version);

  FactNames names_;
  FactRows rows_;
  std::vector<std::uint32_t> heads_;  ///< By report: its first version.
  std::vector<Version> versions_;
  std::uint32_t free_ = TextIds::kNone;  ///< First of the versions that are not in use.
  std::size_t size_ = 0;
};

}  // namespace cw
