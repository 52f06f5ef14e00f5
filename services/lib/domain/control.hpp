#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/feed_settings.hpp"
#include "lib/domain/figure.hpp"
#include "lib/domain/ids.hpp"
#include "lib/domain/nil_return.hpp"
#include "lib/domain/predicate.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cw {

enum class IncidentState : std::uint8_t { kOpen, kClosed };

/// An exposed file as the incident declares it.
struct FileDeclaration {
  FileName name;
  std::string source;  ///< The source extract.
  Day at_risk_from;    ///< Days in the incident's time zone.
  Day at_risk_to;
  std::optional<Instant> withdrawn_at;  ///< R6.

  friend bool operator==(const FileDeclaration&, const FileDeclaration&) = default;
};

/// One version of an incident; the greatest version known stands.
struct Incident {
  IncidentId id;
  std::uint32_t version = 1;
  std::string name;
  std::string time_zone = "UTC";
  IncidentState state = IncidentState::kOpen;
  Day since;                            ///< Default first day of its counts.
  std::vector<std::string> attributes;  ///< Columns that its files may have.
  std::vector<FileDeclaration> files;
  Instant effective_at;
  Principal by;
  bool imported = false;
};

/// One version of an issuer; the greatest version known stands.
struct Issuer {
  IssuerId id;
  std::uint32_t version = 1;
  std::string name;
  std::vector<std::string> iin_ranges;  ///< Prefixes of 1 to 8 digits.
  std::optional<FeedSettings> feed;
  Instant effective_at;
  Principal by;
  bool imported = false;
};

enum class ScopeState : std::uint8_t { kProposed, kApproved };

/// Proposing and approving are two records by two principals; only approved ones take effect.
struct ScopeRevision {
  IncidentId incident;
  std::uint32_t revision = 0;  ///< From 1, rising per incident.
  ScopeState state = ScopeState::kProposed;
  Predicate predicate{Predicate::Any{}};  ///< Selects nothing when empty.
  std::string note;
  Instant recorded_at;
  Instant effective_at;  ///< Of approved records.
  Principal by;
  bool imported = false;
};

enum class FileLoadState : std::uint8_t { kOpened, kLoaded };

/// One load of an exposed file by intake: `opened` before its first record, `loaded` after all
/// were acknowledged. A load that was interrupted leaves an `opened` one; the next has a new key.
struct FileLoad {
  IncidentId incident;
  FileName file;
  std::string key;          ///< Id of the data key its records are sealed under.
  std::string wrapped_key;  ///< The data key as JWE to the vault key.
  FileLoadState state = FileLoadState::kOpened;
  std::uint64_t records = 0;
  std::uint64_t refused = 0;
  std::string sha256;  ///< Hex, of the upload's bytes; empty while opened.
  Instant received_at;
  Principal by;
  bool imported = false;
};

using ControlRecord = std::variant<Incident, Issuer, ScopeRevision, FileLoad, Figure, NilReturn>;

/// A version of an incident with what derive() needs at hand.
struct IncidentVersion {
  Incident incident;
  TimeZone zone;                        ///< UTC if the name is unknown here; the desk checks it.
  std::vector<Instant> at_risk_starts;  ///< Start of day at_risk_from, per incident.files.

  explicit IncidentVersion(Incident declared);

  static constexpr std::size_t kNoFile = static_cast<std::size_t>(-1);
  /// Position of a file in incident.files; kNoFile if it is not declared.
  [[nodiscard]] std::size_t file(const FileName& name) const noexcept;
  /// R6: whether that file is declared and not withdrawn at `at`.
  [[nodiscard]] bool file_stands(std::size_t file, Instant at) const noexcept;
};

/// What control says of an incident from an instant on, until the next epoch.
struct IncidentEpoch {
  Instant from;
  std::shared_ptr<const IncidentVersion> version;  ///< Null: the incident is not known yet.
  std::shared_ptr<const ScopeRevision> scope;      ///< R15; null: none in force.
};

/// The epoch that holds at `at`; nullptr before the first.
[[nodiscard]] const IncidentEpoch* epoch_at(std::span<const IncidentEpoch> epochs, Instant at);

/// The fold of control records: a function of their set (repeats and order do not matter). Of two
/// different records with the same identity the one with the earlier effective_at (recorded_at,
/// received_at) stands, ties by content. A value; copies share only what is immutable.
/// THREAD: const access is safe.
class Control {
 public:
  /// Adds `record`; true if it changed anything of what matching and watching rest on. A published
  /// figure and a nil return are kept, but never do.
  bool apply(const ControlRecord& record);

  /// Standing version of an incident at `at`: the greatest version with effective_at <= at.
  [[nodiscard]] const Incident* incident(const IncidentId& id, Instant at) const;
  /// Standing version, whatever its effective_at.
  [[nodiscard]] const Incident* incident(const IncidentId& id) const;
  [[nodiscard]] std::vector<const Incident*> incidents() const;

  [[nodiscard]] const Issuer* issuer(const IssuerId& id) const;
  [[nodiscard]] std::vector<const Issuer*> issuers() const;
  /// The first effective_at of an issuer's versions; nothing for an unknown one.
  [[nodiscard]] std::optional<Instant> issuer_since(const IssuerId& id) const;
  [[nodiscard]] const NilReturns& nil_returns() const noexcept { return nil_returns_; }
  /// R24: the issuer with the longest range that is a prefix of the 8 digits of `iin` (leading
  /// zeros included); kUnassignedIssuer if none. Equal ranges: the smaller issuer id.
  [[nodiscard]] const IssuerId& issuer_of(Iin iin) const;

  /// R15: the approved revision with the greatest number among those in effect at `at`.
  [[nodiscard]] const ScopeRevision* scope(const IncidentId& id, Instant at) const;
  /// All records of an incident's revisions, by (revision, state).
  [[nodiscard]] std::vector<const ScopeRevision*> scopes(const IncidentId& id) const;

  [[nodiscard]] std::vector<const FileLoad*> file_loads() const;
  /// The completed load of a file, or nullptr. Of several the earliest, then the smaller key.
  [[nodiscard]] const FileLoad* loaded(const IncidentId& incident, const FileName& file) const;

  /// Published figures of an incident, by number.
  [[nodiscard]] std::vector<const Figure*> figures(const IncidentId& id) const;
  /// nullptr if it was never published.
  [[nodiscard]] const Figure* figure(const IncidentId& id, std::uint32_t number) const;

  /// Instants at which an outcome under `id` may change by control alone: versions' and approved
  /// revisions' effective_at and files' withdrawn_at; sorted, unique.
  [[nodiscard]] std::vector<Instant> change_points(const IncidentId& id) const;
  /// The same with what holds from each on; empty if nothing is known of `id`.
  [[nodiscard]] std::span<const IncidentEpoch> epochs(const IncidentId& id) const;

 private:
  struct IncidentHistory {
    std::map<std::uint32_t, std::shared_ptr<const IncidentVersion>> versions;
    std::map<std::pair<std::uint32_t, ScopeState>, std::shared_ptr<const ScopeRevision>> scopes;
    std::vector<IncidentEpoch> epochs;

    void rebuild_epochs();
  };

  /// Cards with an IIN from `first` up to the next segment's belong to `issuer`.
  struct RangeSegment {
    Iin first = 0;
    IssuerId issuer;
  };

  bool apply_incident(const Incident& record);
  bool apply_issuer(const Issuer& record);
  bool apply_scope(const ScopeRevision& record);
  bool apply_file_load(const FileLoad& record);
  void keep_figure(const Figure& record);
  void rebuild_ranges();

  std::map<IncidentId, IncidentHistory> incidents_;
  std::map<IssuerId, std::map<std::uint32_t, Issuer>> issuers_;
  std::vector<RangeSegment> segments_;  ///< By first; of standing versions.
  std::map<std::pair<IncidentId, FileName>, std::map<std::string, FileLoad>> file_loads_;
  std::map<IncidentId, std::map<std::uint32_t, std::shared_ptr<const Figure>>> figures_;
  NilReturns nil_returns_;
};

}  // namespace cw
