#pragma once

#include "lib/domain/answer.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/exposure.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"
#include "lib/domain/watch.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cw {

/// Everything known of one card: its exposure records, the reports on it, the copies of those
/// revisions of its reports that name another card (R10), and what issuers answered about it. A
/// set: add() ignores equal repeats, whatever their order.
class CardInputs {
 public:
  /// Against a misbehaving sender: further items of a card are refused with kLimitReached.
  static constexpr std::size_t kExposuresMax = 10'000;
  static constexpr std::size_t kReportsMax = 10'000;
  static constexpr std::size_t kAnswersMax = 250;  ///< Issuers that answered.

  enum class Added : std::uint8_t {
    kNew,       ///< Also an equal item with an earlier received_at, which then stands.
    kRepeat,    ///< Nothing changed.
    kConflict,  ///< Same identity, other content: rules.md R8 decided which one stands.
  };

  /// For exposures the smaller (received_at, expiry, sealed PAN) stands in a conflict, so that
  /// the result does not depend on the order. Reports are equal by content_hash: when and how they
  /// came (received_at, imported) and where a copy lies (filed_under) do not make another report.
  [[nodiscard]] Result<Added> add(ExposureRecord record);
  /// `revision` belongs to the card home().
  [[nodiscard]] Result<Added> add(ReportRevision revision);
  /// Only the newest of an issuer's answers is kept: an older one is a repeat, a newer one kNew.
  [[nodiscard]] Result<Added> add(IssuerAnswer answer);

  /// By (incident, file, record).
  [[nodiscard]] const std::vector<ExposureRecord>& exposures() const noexcept { return exposures_; }
  /// By (issuer, report, revision).
  [[nodiscard]] const std::vector<ReportRevision>& reports() const noexcept { return reports_; }
  /// By issuer, one of each.
  [[nodiscard]] const std::vector<IssuerAnswer>& answers() const noexcept { return answers_; }
  [[nodiscard]] bool empty() const noexcept {
    return exposures_.empty() && reports_.empty() && answers_.empty();
  }

 private:
  std::vector<ExposureRecord> exposures_;
  std::vector<ReportRevision> reports_;
  std::vector<IssuerAnswer> answers_;
};

struct CardResult {
  std::vector<Fact> facts;  ///< By id. The whole history of knowledge, not only today's.
  std::optional<WatchEntry> entry;

  friend bool operator==(const CardResult&, const CardResult&) = default;
};

/// The pure function at the heart (rules.md R1 to R24): what is known of a card, as a function of
/// the set of its inputs. No I/O, no clock, no order. All inputs must be of the same card. A report
/// that moved to another card is one fact history here, which ends inactive, and another there: the
/// two are told apart by Fact::card.
[[nodiscard]] CardResult derive(const CardInputs& inputs, const Control& control);

/// What to emit so that readers of `before` hold `after`.
struct CardDifference {
  std::vector<Fact> changed;       ///< New or with other content; by id.
  std::vector<Fact> retracted;     ///< Ids that no longer exist, with their last content.
  std::vector<WatchChange> watch;  ///< At most two: DELT at the old issuer, then ADDD at the new.

  [[nodiscard]] bool empty() const noexcept {
    return changed.empty() && retracted.empty() && watch.empty();
  }
};

[[nodiscard]] CardDifference difference(const CardResult& before, const CardResult& after);

}  // namespace cw
