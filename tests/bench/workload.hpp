#pragma once

#include "lib/domain/control.hpp"
#include "lib/domain/exposure.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"
#include "lib/domain/watch.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cw::bench {

/// What a load consists of. The same options give the same records, byte by byte.
struct WorkloadOptions {
  std::uint64_t seed = 1;
  std::uint64_t cards = 460'000;      ///< Distinct exposed cards.
  std::uint64_t reports = 4'000'000;  ///< Report records, repeats and revisions included.
  double hit_share = 0.5;             ///< Of reports, those on exposed cards.
  double duplicate_share = 0.02;      ///< Report records that repeat an earlier one.
  double revision_share = 0.01;       ///< Report records that are the second revision of another.
  std::uint32_t files = 3;            ///< Exposed files of the one incident.
  std::uint32_t issuers = 12;
};

inline constexpr std::size_t kOutcomes = 5;

/// What must come out, whatever the order of arrival: computed from the options alone, by rules
/// restated here in a few lines, not by the code under test.
struct Expectation {
  std::array<std::uint64_t, kOutcomes> active{};    ///< Facts by outcome, active ones.
  std::array<std::uint64_t, kOutcomes> inactive{};  ///< Facts that say that a report was closed.
  std::array<std::uint64_t, kOutcomes> standing{};  ///< Reports that stand active, by outcome.
  std::array<std::uint64_t, 3> watched{};           ///< Cards by level of their watch entry.
  std::uint64_t reported_cards = 0;                 ///< Cards with an attributable report standing.
  std::uint64_t ever_reported_cards = 0;            ///< The same, had no report been closed.

  friend bool operator==(const Expectation&, const Expectation&) = default;
};

/// One leak and its reports. THREAD: const access is safe.
class Workload {
 public:
  explicit Workload(const WorkloadOptions& options) : options_(options) {}

  [[nodiscard]] const WorkloadOptions& options() const noexcept { return options_; }

  /// The incident, its issuers and an approved scope revision 1.
  [[nodiscard]] std::vector<ControlRecord> control() const;
  /// A later revision (from 2), proposed and approved: an even one selects every record, an odd
  /// one what revision 1 does.
  [[nodiscard]] std::vector<ControlRecord> rescope(std::uint32_t revision) const;

  [[nodiscard]] std::uint64_t exposures() const noexcept;
  [[nodiscard]] ExposureRecord exposure(std::uint64_t index) const;
  [[nodiscard]] ReportRevision report(std::uint64_t index) const;

  /// Of control(), all exposures and all reports. `wide`: and an even rescope(), for standing and
  /// watched only (active and inactive then are of no use).
  [[nodiscard]] Expectation expected(bool wide = false) const;

  /// The exposed files and `count` new reports as an operator would upload them: card numbers of
  /// test ranges in clear. These cards have references of the match key, not of exposure().
  [[nodiscard]] std::string csv_header() const;
  [[nodiscard]] std::string csv_row(std::uint64_t card) const;
  [[nodiscard]] std::string pan(std::uint64_t card) const;

  [[nodiscard]] std::string issuer_id(std::uint64_t issuer) const;
  /// The issuer whose range holds the card.
  [[nodiscard]] std::string issuer_of(std::uint64_t card) const;

 private:
  enum class Kind : std::uint8_t { kFirst, kRepeat, kRevision };

  /// What a report record is about; the records themselves and the expectation follow from it.
  struct Plan {
    Kind kind = Kind::kFirst;
    std::uint64_t base = 0;  ///< Index of the first record of this report.
    bool exposed = false;
    std::uint64_t card = 0;  ///< Exposed ones are below options().cards.
    bool wrong_expiry = false;
    bool before_leak = false;
    bool attributable = true;
    bool closes = false;  ///< Its second revision, if there is one, is a CLSE.
  };

  [[nodiscard]] std::uint64_t draw(std::uint64_t index, std::uint64_t salt) const noexcept;
  [[nodiscard]] bool chance(std::uint64_t index, std::uint64_t salt, double share) const noexcept;
  [[nodiscard]] Kind kind_of(std::uint64_t index) const noexcept;
  [[nodiscard]] Plan plan(std::uint64_t index) const noexcept;
  [[nodiscard]] Outcome outcome(const Plan& plan, bool wide) const noexcept;
  [[nodiscard]] CardRef card_ref(std::uint64_t card) const noexcept;
  [[nodiscard]] Iin iin(std::uint64_t card) const noexcept;
  [[nodiscard]] Expiry expiry(std::uint64_t card) const noexcept;
  [[nodiscard]] Attributes attributes(std::uint64_t card) const;
  [[nodiscard]] bool selected(std::uint64_t card) const noexcept;

  WorkloadOptions options_;
};

}  // namespace cw::bench
