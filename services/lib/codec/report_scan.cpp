#include "lib/codec/formats.hpp"
#include "lib/codec/member_scan.hpp"
#include "lib/codec/record_scan.hpp"
#include "lib/codec/report_times.hpp"
#include "lib/codec/scan_values.hpp"

#include <limits>

namespace cw::codec {
namespace {

constexpr std::size_t kChannelBytesMax = 64;

/// In the order in which encode_to(ReportRevision) writes them.
enum Member : std::size_t {
  kV,
  kIssuer,
  kReportId,
  kRevision,
  kAction,
  kCard,
  kFiledUnder,
  kIin,
  kExpiry,
  kAttemptedAt,
  kReportedAt,
  kReceivedAt,
  kAmount,
  kCurrency,
  kMcc,
  kCountry,
  kChannel,
  kApproved,
  kFraudType,
  kDisposition,
  kMember,
  kIncident,
  kMatchKey,
  kImported,
};

template <class... Members>
constexpr std::uint32_t bits(Members... members) {
  return ((std::uint32_t{1} << members) | ...);
}

class ReportScan : public MemberScan<ReportScan> {
 public:
  static constexpr std::array<std::string_view, 24> kNames{
      "v",           "issuer",      "report_id", "revision",     "action",      "card",
      "filed_under", "iin",         "expiry",    "attempted_at", "reported_at", "received_at",
      "amount",      "currency",    "mcc",       "country",      "channel",     "approved",
      "fraud_type",  "disposition", "member",    "incident",     "match_key",   "imported"};
  static constexpr std::uint32_t kRequired = bits(kV,
                                                  kIssuer,
                                                  kReportId,
                                                  kRevision,
                                                  kAction,
                                                  kCard,
                                                  kIin,
                                                  kReportedAt,
                                                  kReceivedAt,
                                                  kFraudType,
                                                  kMatchKey);

  explicit ReportScan(ReportView& report) : report_(report) {}

  void start() { report_ = {}; }

  bool take_text(std::size_t member, std::string_view value) {
    switch (member) {
      case kIssuer:
        return scan_id(value, report_.issuer);
      case kReportId:
        return scan_id(value, report_.report);
      case kAction:
        return scan_code(value, action_from, report_.action);
      case kCard:
        return scan_card(value, report_.card);
      case kFiledUnder:
        return scan_card(value, report_.filed_under.emplace());
      case kIin:
        return scan_iin(value, report_.iin);
      case kExpiry:
        return scan_expiry(value, report_.expiry.emplace());
      case kAttemptedAt:
        return scan_instant(value, report_.attempted_at);
      case kReportedAt:
        return scan_instant(value, report_.reported_at);
      case kReceivedAt:
        return scan_instant(value, report_.received_at);
      case kFraudType:
        return scan_code(value, fraud_type_from, report_.fraud_type);
      case kMatchKey:
        return scan_id(value, report_.match_key);
      default:
        return take_detail(member, value);
    }
  }

  bool take_number(std::size_t member, std::uint64_t value) {
    report_.revision = static_cast<std::uint32_t>(value);
    return member == kRevision && value >= 1 && value <= std::numeric_limits<std::int32_t>::max();
  }

  bool take_flag(std::size_t member, bool value) {
    if (member == kApproved) {
      report_.approved = value;
    } else {
      report_.imported = value;
    }
    return member == kApproved || member == kImported;
  }

  bool open_object(std::size_t /*member*/) { return false; }
  bool close_object() { return false; }
  bool take_name(std::string_view /*name*/) { return false; }

 private:
  bool take_detail(std::size_t member, std::string_view value) {
    switch (member) {
      case kAmount:
        return scan_format(value, is_amount, report_.amount);
      case kCurrency:
        return scan_format(value, is_currency, report_.currency);
      case kMcc:
        return scan_format(value, is_mcc, report_.mcc);
      case kCountry:
        return scan_format(value, is_country, report_.country);
      case kChannel:
        return scan_text(value, kChannelBytesMax, report_.channel);
      case kDisposition:
        return scan_code(value, disposition_from, report_.disposition);
      case kMember:
        return scan_text(value, kTextBytesMax, report_.member);
      case kIncident:
        return scan_id(value, report_.incident);
      default:
        return false;
    }
  }

  ReportView& report_;
};

}  // namespace

bool ReportScanner::scan(std::string_view json, ReportView& out) {
  return scan_members<ReportScan>(json, out) &&
         times_in_range(out.reported_at, out.attempted_at, out.received_at);
}

}  // namespace cw::codec
