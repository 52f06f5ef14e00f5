#pragma once

#include "cli/verify/emitted_outputs.hpp"
#include "cli/verify/fact_fields.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/domain/control.hpp"
#include "lib/domain/derive.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::cli {

enum class FindingKind : std::uint8_t {
  kMissingFact,
  kExtraFact,
  kDifferentFact,
  kMissingEntry,
  kExtraEntry,
  kDifferentEntry,
};
inline constexpr std::size_t kFindingKinds = 6;

/// "missing_fact" ...
[[nodiscard]] std::string_view text(FindingKind kind) noexcept;

/// One difference between what the inputs give and what readers hold. For people: it names the
/// card by its reference.
struct Finding {
  FindingKind kind = FindingKind::kMissingFact;
  CardRef card = {};
  FactId fact = {};                          ///< Of an entry: only the issuer, whose list it is.
  std::vector<FieldDifference> fields = {};  ///< Of kDifferent...
};

/// Facts and entries as one number each, whatever their order.
struct SetDigest {
  crypto::FeedDigest facts = {};
  crypto::FeedDigest entries = {};

  friend bool operator==(const SetDigest&, const SetDigest&) = default;
};

struct ComparisonOptions {
  std::size_t findings_max = 1000;  ///< Kept to be shown; all are counted.
  bool keep_repairs = false;
};

struct ComparisonResult {
  using Counts = std::array<std::uint64_t, kFindingKinds>;

  Counts counts = {};  ///< All findings, by kind.
  std::vector<Finding> findings = {};
  std::uint64_t cards = 0;
  SetDigest expected = {};  ///< What the inputs give.
  SetDigest emitted = {};   ///< What readers hold.
  /// What to write so that readers hold what the inputs give; only if asked to keep them.
  std::vector<CardDifference> repairs = {};

  [[nodiscard]] std::uint64_t differences() const noexcept;
};

/// Compares card by card what derive() gives for the inputs with what was emitted.
/// THREAD: not safe.
class Comparison {
 public:
  /// `control` must outlive it.
  Comparison(const Control& control, ComparisonOptions options)
      : control_(control), options_(options) {}

  /// Once for each card that has inputs or outputs; nullptr for none.
  void add(const CardRef& card, const CardInputs* inputs, const EmittedCard* emitted);

  [[nodiscard]] const ComparisonResult& result() const noexcept { return result_; }
  [[nodiscard]] ComparisonResult take() { return std::move(result_); }

 private:
  void digest(const CardResult& expected, const EmittedCard& emitted);
  void tell(const CardRef& card, const CardDifference& change, const CardResult& before);
  void found(Finding finding);

  const Control& control_;
  ComparisonOptions options_;
  ComparisonResult result_;
};

}  // namespace cw::cli
