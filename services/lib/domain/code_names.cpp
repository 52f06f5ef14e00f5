#include "lib/domain/code_names.hpp"

#include "lib/domain/answer.hpp"
#include "lib/domain/counts.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"
#include "lib/domain/watch.hpp"

#include <tuple>

namespace cw {
namespace {

constexpr CodeNames<ReportAction, 5> kActions{{"NEWF", "UPDT", "CLSE", "REOP", "DUPL"}};

constexpr CodeNames<FraudType, 18> kFraudTypes{{
    "LOST",
    "STOLEN",
    "NOT_RECEIVED",
    "FALSE_APPLICATION",
    "COUNTERFEIT",
    "MISC",
    "CNP_USE",
    "ACQ_COUNTERFEIT",
    "ACCOUNT_TAKEOVER",
    "MULTIPLE_USE",
    "COLLUSION",
    "INCORRECT_PROCESSING",
    "MERCHANT_MISREP",
    "MANIPULATED_HOLDER",
    "PAYMENT_ORDER_MODIFIED",
    "FIRST_PARTY",
    "SUSPECTED",
    "OTHER",
}};

constexpr CodeNames<FraudDisposition, 3> kDispositions{
    {"issuer_monitoring", "member_statement", "after_debit"}};

constexpr CodeNames<Outcome, 5> kOutcomes{
    {"identified", "in_file", "expiry_mismatch", "predates_exposure", "not_exposed"}};

constexpr CodeNames<WatchLevel, 3> kWatchLevels{{"in_file", "identified", "fraud_reported"}};
constexpr CodeNames<FeedOp, 3> kFeedOps{{"ADDD", "UPDT", "DELT"}};
constexpr CodeNames<CardStatus, 6> kCardStatuses{
    {"MONITORED", "BLOCKED", "REISSUED", "CLOSED", "UNKNOWN_CARD", "NOT_OURS"}};

constexpr CodeNames<CountUnit, 3> kCountUnits{{"reports", "cards", "members"}};
constexpr CodeNames<AttributableFilter, 3> kAttributableFilters{{"only", "exclude", "both"}};
constexpr CodeNames<CountKey, 6> kCountKeys{
    {"issuer", "outcome", "disposition", "fraud_type", "day", "approved"}};

}  // namespace

std::string_view text(ReportAction action) noexcept {
  return kActions.text(action);
}
std::string_view text(FraudType type) noexcept {
  return kFraudTypes.text(type);
}
std::string_view text(FraudDisposition disposition) noexcept {
  return kDispositions.text(disposition);
}
std::string_view text(Outcome outcome) noexcept {
  return kOutcomes.text(outcome);
}
std::string_view text(WatchLevel level) noexcept {
  return kWatchLevels.text(level);
}
std::string_view text(FeedOp op) noexcept {
  return kFeedOps.text(op);
}
std::string_view text(CardStatus status) noexcept {
  return kCardStatuses.text(status);
}
std::string_view text(CountUnit unit) noexcept {
  return kCountUnits.text(unit);
}
std::string_view text(AttributableFilter filter) noexcept {
  return kAttributableFilters.text(filter);
}
std::string_view text(CountKey key) noexcept {
  return kCountKeys.text(key);
}

std::optional<ReportAction> action_from(std::string_view text) noexcept {
  return kActions.find(text);
}
std::optional<FraudType> fraud_type_from(std::string_view text) noexcept {
  return kFraudTypes.find(text);
}
std::optional<FraudDisposition> disposition_from(std::string_view text) noexcept {
  return kDispositions.find(text);
}
std::optional<Outcome> outcome_from(std::string_view text) noexcept {
  return kOutcomes.find(text);
}
std::optional<WatchLevel> watch_level_from(std::string_view text) noexcept {
  return kWatchLevels.find(text);
}
std::optional<FeedOp> feed_op_from(std::string_view text) noexcept {
  return kFeedOps.find(text);
}
std::optional<CardStatus> card_status_from(std::string_view text) noexcept {
  return kCardStatuses.find(text);
}
std::optional<CountUnit> count_unit_from(std::string_view text) noexcept {
  return kCountUnits.find(text);
}
std::optional<AttributableFilter> attributable_filter_from(std::string_view text) noexcept {
  return kAttributableFilters.find(text);
}
std::optional<CountKey> count_key_from(std::string_view text) noexcept {
  return kCountKeys.find(text);
}

bool is_active(ReportAction action) noexcept {
  return action == ReportAction::kNewf || action == ReportAction::kUpdt ||
         action == ReportAction::kReop;
}

bool is_attributable(FraudType type, Outcome outcome) noexcept {
  return is_attributable(type) && (outcome == Outcome::kIdentified || outcome == Outcome::kInFile);
}

bool is_attributable(FraudType type) noexcept {
  switch (type) {
    case FraudType::kLost:
    case FraudType::kStolen:
    case FraudType::kNotReceived:
    case FraudType::kFalseApplication:
    case FraudType::kFirstParty:
      return false;
    default:
      return true;
  }
}

bool stands_before(const IssuerAnswer& left, const IssuerAnswer& right) noexcept {
  if (left.received_at != right.received_at) return left.received_at > right.received_at;
  if (left.status != right.status) return text(left.status) > text(right.status);
  return std::tie(left.seq, left.answered_at) > std::tie(right.seq, right.answered_at);
}

}  // namespace cw
