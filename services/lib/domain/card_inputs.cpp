#include "lib/base/assert.hpp"
#include "lib/domain/derive.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cw {
namespace {

const CardRef& home(const ExposureRecord& record) {
  return record.card;
}

const CardRef& home(const ReportRevision& revision) {
  return revision.home();
}

const CardRef& home(const IssuerAnswer& answer) {
  return answer.card;
}

auto identity(const ExposureRecord& record) {
  return std::tie(record.incident, record.file, record.record);
}

auto identity(const ReportRevision& revision) {
  return std::tie(revision.issuer, revision.report, revision.revision);
}

auto identity(const IssuerAnswer& answer) {
  return std::tie(answer.issuer);
}

/// What makes two records of the same identity the same statement. The seal does not: each load
/// seals anew.
bool same_content(const ExposureRecord& a, const ExposureRecord& b) {
  return std::tie(a.expiry, a.iin, a.attributes, a.member) ==
         std::tie(b.expiry, b.iin, b.attributes, b.member);
}

bool same_content(const ReportRevision& a, const ReportRevision& b) {
  return a.content_hash == b.content_hash;
}

/// An answer is no contradiction of the one before it: things change.
bool same_content(const IssuerAnswer& /*a*/, const IssuerAnswer& /*b*/) {
  return true;
}

bool stands_before(const ExposureRecord& a, const ExposureRecord& b) {
  const auto order = [](const ExposureRecord& r) {
    return std::tie(
        r.received_at, r.expiry, r.sealed_pan, r.file_key, r.iin, r.attributes, r.member);
  };
  return order(a) < order(b);
}

bool stands_before(const ReportRevision& a, const ReportRevision& b) {
  const auto order = [](const ReportRevision& r) {
    return std::tie(r.received_at, r.content_hash, r.imported);
  };
  return order(a) < order(b);
}

template <class Item>
Result<CardInputs::Added> add_to(std::vector<Item>& items, Item item, std::size_t items_max) {
  CW_ASSERT(items.empty() || home(items.front()) == home(item));
  const auto place =
      std::lower_bound(items.begin(), items.end(), item, [](const Item& a, const Item& b) {
        return identity(a) < identity(b);
      });
  if (place == items.end() || identity(*place) != identity(item)) {
    if (items.size() >= items_max) {
      return Error{Errc::kLimitReached,
                   "the card already has " + std::to_string(items_max) + " items of this kind"};
    }
    items.insert(place, std::move(item));
    return CardInputs::Added::kNew;
  }
  const bool conflict = !same_content(*place, item);
  const bool replaced = stands_before(item, *place);
  if (replaced) *place = std::move(item);
  if (conflict) return CardInputs::Added::kConflict;
  return replaced ? CardInputs::Added::kNew : CardInputs::Added::kRepeat;
}

}  // namespace

Result<CardInputs::Added> CardInputs::add(ExposureRecord record) {
  CW_ASSERT(reports_.empty() || home(reports_.front()) == home(record));
  return add_to(exposures_, std::move(record), kExposuresMax);
}

Result<CardInputs::Added> CardInputs::add(ReportRevision revision) {
  CW_ASSERT(exposures_.empty() || home(exposures_.front()) == home(revision));
  return add_to(reports_, std::move(revision), kReportsMax);
}

Result<CardInputs::Added> CardInputs::add(IssuerAnswer answer) {
  CW_ASSERT(exposures_.empty() || home(exposures_.front()) == home(answer));
  return add_to(answers_, std::move(answer), kAnswersMax);
}

}  // namespace cw
