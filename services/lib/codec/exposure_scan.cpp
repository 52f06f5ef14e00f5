#include "lib/codec/member_scan.hpp"
#include "lib/codec/record_scan.hpp"
#include "lib/codec/report_times.hpp"
#include "lib/codec/scan_values.hpp"
#include "lib/crypto/base64.hpp"

#include <algorithm>
#include <span>

namespace cw::codec {
namespace {

constexpr std::size_t kAttributesMax = 256;
constexpr std::uint64_t kRecordMax = 9'223'372'036'854'775'807ULL;

/// In the order in which encode_to(ExposureRecord) writes them.
enum Member : std::size_t {
  kV,
  kCard,
  kIin,
  kIncident,
  kFile,
  kRecord,
  kExpiry,
  kAttrs,
  kMember,
  kSealed,
  kKey,
  kMatchKey,
  kReceivedAt,
  kImported,
};

class ExposureScan : public MemberScan<ExposureScan> {
 public:
  static constexpr std::array<std::string_view, 14> kNames{"v",
                                                           "card",
                                                           "iin",
                                                           "incident",
                                                           "file",
                                                           "record",
                                                           "expiry",
                                                           "attrs",
                                                           "member",
                                                           "sealed",
                                                           "key",
                                                           "match_key",
                                                           "received_at",
                                                           "imported"};
  static constexpr std::uint32_t kRequired =
      ((std::uint32_t{1} << kNames.size()) - 1) & ~(1U << kMember) & ~(1U << kImported);

  struct Out {
    ExposureView& record;
    std::vector<AttributeView>& attributes;
    std::span<char> sealed;
  };

  explicit ExposureScan(Out& out)
      : record_(out.record), attributes_(out.attributes), sealed_(out.sealed) {}

  void start() {
    record_ = {};
    attributes_.clear();
  }

  bool take_text(std::size_t member, std::string_view value) {
    if (inside_) return take_attribute(value);
    switch (member) {
      case kCard:
        return scan_card(value, record_.card);
      case kIin:
        return scan_iin(value, record_.iin);
      case kIncident:
        return scan_id(value, record_.incident);
      case kFile:
        return scan_id(value, record_.file);
      case kExpiry:
        return scan_expiry(value, record_.expiry);
      case kMember:
        return scan_text(value, kTextBytesMax, record_.member);
      case kSealed:
        return take_sealed(value);
      case kKey:
        return scan_id(value, record_.file_key);
      case kMatchKey:
        return scan_id(value, record_.match_key);
      case kReceivedAt:
        return scan_instant(value, record_.received_at);
      default:
        return false;
    }
  }

  bool take_number(std::size_t member, std::uint64_t value) {
    record_.record = value;
    return member == kRecord && !inside_ && value >= 1 && value <= kRecordMax;
  }

  bool take_flag(std::size_t member, bool value) {
    record_.imported = value;
    return member == kImported;
  }

  bool open_object(std::size_t member) {
    inside_ = true;
    return member == kAttrs;
  }

  bool close_object() {
    inside_ = false;
    const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
    const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (!std::is_sorted(attributes_.begin(), attributes_.end(), by_name)) {
      std::sort(attributes_.begin(), attributes_.end(), by_name);
    }
    return std::adjacent_find(attributes_.begin(), attributes_.end(), same_name) ==
           attributes_.end();
  }

  bool take_name(std::string_view name) {
    if (attributes_.size() == kAttributesMax) return false;
    return scan_text(name, kTextBytesMax, attributes_.emplace_back().first);
  }

 private:
  bool take_attribute(std::string_view value) {
    attributes_.back().second = value;
    return value.size() <= kTextBytesMax && is_plain_text(value);
  }

  bool take_sealed(std::string_view value) {
    const auto size = crypto::base64url_decode(value, sealed_);
    record_.sealed_pan = {sealed_.data(), size.value_or(0)};
    return size.value_or(0) > 0;
  }

  ExposureView& record_;
  std::vector<AttributeView>& attributes_;
  std::span<char> sealed_;
  bool inside_ = false;  ///< Inside "attrs".
};

}  // namespace

bool ExposureScanner::scan(std::string_view json, ExposureView& out) {
  ExposureScan::Out target{out, attributes_, sealed_};
  if (!scan_members<ExposureScan>(json, target)) return false;
  out.attributes = attributes_;
  return out.received_at >= kEarliestTime;
}

}  // namespace cw::codec
