#include "matcher/state/card_items.hpp"

namespace cw::matcher {
namespace {

// Presence bits of an exposure.
constexpr std::uint8_t kExposureImported = 1;
constexpr std::uint8_t kExposureMember = 2;
constexpr std::uint8_t kExposureIin = 4;

// Presence bits of a report, in its content.
constexpr std::uint32_t kCard = 1U << 0U;
constexpr std::uint32_t kIin = 1U << 1U;
constexpr std::uint32_t kExpiry = 1U << 2U;
constexpr std::uint32_t kAttempted = 1U << 3U;
constexpr std::uint32_t kAmount = 1U << 4U;
constexpr std::uint32_t kCurrency = 1U << 5U;
constexpr std::uint32_t kMcc = 1U << 6U;
constexpr std::uint32_t kCountry = 1U << 7U;
constexpr std::uint32_t kChannel = 1U << 8U;
constexpr std::uint32_t kMember = 1U << 9U;
constexpr std::uint32_t kIncident = 1U << 10U;
constexpr std::uint32_t kDisposition = 1U << 11U;
constexpr std::uint32_t kApprovalGiven = 1U << 12U;
constexpr std::uint32_t kApproved = 1U << 13U;

// Months since 2000, which two bytes hold; an earlier one wraps round and takes five.
constexpr std::uint32_t kFirstMonth = 2000 * 12;

std::uint32_t months_of(Expiry expiry) {
  return expiry.year * 12U + expiry.month - 1U - kFirstMonth;
}

Expiry expiry_of(std::uint32_t months) {
  months += kFirstMonth;
  return {static_cast<std::uint16_t>(months / 12), static_cast<std::uint8_t>(months % 12 + 1)};
}

std::uint32_t presence(const ReportView& report, Iin iin) {
  const auto bit = [](bool present, std::uint32_t mask) { return present ? mask : 0U; };
  return bit(report.filed_under.has_value(), kCard) | bit(report.iin != iin, kIin) |
         bit(report.expiry.has_value(), kExpiry) |
         bit(report.attempted_at.has_value(), kAttempted) | bit(!report.amount.empty(), kAmount) |
         bit(!report.currency.empty(), kCurrency) | bit(!report.mcc.empty(), kMcc) |
         bit(!report.country.empty(), kCountry) | bit(!report.channel.empty(), kChannel) |
         bit(!report.member.empty(), kMember) | bit(!report.incident.empty(), kIncident) |
         bit(report.disposition.has_value(), kDisposition) |
         bit(report.approved.has_value(), kApprovalGiven) |
         bit(report.approved.value_or(false), kApproved);
}

}  // namespace

std::string_view joined(AttributeView attribute, std::string& buffer) {
  buffer.assign(attribute.first);
  buffer += '\0';
  buffer += attribute.second;
  return buffer;
}

AttributeView split(std::string_view joined_text) {
  const auto zero = joined_text.find('\0');
  return {joined_text.substr(0, zero), joined_text.substr(zero + 1)};
}

std::string_view ItemWriter::framed(bool report) {
  item_.clear();
  ByteWriter frame{item_};
  const auto body = body_.view();
  frame.number(body.size() << 1U | (report ? 1U : 0U));
  frame.raw(body);
  return item_.view();
}

std::string_view ItemWriter::write(const ExposureView& exposure, Iin iin) {
  body_.clear();
  ByteWriter out{body_};
  out.number(symbols_.intern(exposure.incident));
  out.number(symbols_.intern(exposure.file));
  out.number(exposure.record);
  unsigned flags = exposure.imported ? kExposureImported : 0U;
  if (!exposure.member.empty()) flags |= kExposureMember;
  if (exposure.iin != iin) flags |= kExposureIin;
  out.byte(static_cast<std::uint8_t>(flags));
  out.instant(exposure.received_at);
  out.number(months_of(exposure.expiry));
  if (exposure.iin != iin) out.number(exposure.iin);
  out.number(symbols_.intern(exposure.file_key));
  out.number(symbols_.intern(exposure.match_key));
  if (!exposure.member.empty()) out.text(exposure.member);
  out.text(exposure.sealed_pan);
  out.number(exposure.attributes.size());
  for (const auto& attribute : exposure.attributes) {
    out.number(symbols_.intern(joined(attribute, buffer_)));
  }
  return framed(/*report=*/false);
}

StoredExposure read_exposure(std::string_view body, Iin iin) {
  ByteReader in{body};
  StoredExposure out;
  out.incident = in.small();
  out.file = in.small();
  out.record = in.number();
  const auto flags = in.byte();
  out.imported = (flags & kExposureImported) != 0;
  out.received_at = in.instant();
  out.expiry = expiry_of(in.small());
  out.iin = (flags & kExposureIin) != 0 ? in.small() : iin;
  out.file_key = in.small();
  out.match_key = in.small();
  if ((flags & kExposureMember) != 0) out.member = in.text();
  out.sealed_pan = in.text();
  out.attribute_count = in.small();
  out.attributes = {in.position(),
                    static_cast<std::size_t>(body.data() + body.size() - in.position())};
  return out;
}

ExposureView view_of(const StoredExposure& stored,
                     const CardRef& card,
                     const SymbolTable& symbols,
                     std::vector<AttributeView>& attributes) {
  attributes.clear();
  ByteReader in{stored.attributes};
  for (std::uint32_t i = 0; i < stored.attribute_count; ++i) {
    attributes.push_back(split(symbols.text(in.small())));
  }
  ExposureView view;
  view.incident = symbols.text(stored.incident);
  view.file = symbols.text(stored.file);
  view.record = stored.record;
  view.card = card;
  view.iin = stored.iin;
  view.expiry = stored.expiry;
  view.attributes = attributes;
  view.member = stored.member;
  view.sealed_pan = stored.sealed_pan;
  view.file_key = symbols.text(stored.file_key);
  view.match_key = symbols.text(stored.match_key);
  view.received_at = stored.received_at;
  view.imported = stored.imported;
  return view;
}

// Order of the parts: issuer, report id | revision | imported, received_at | content.
std::string_view ItemWriter::write(const ReportView& report, Iin iin) {
  body_.clear();
  ByteWriter out{body_};
  out.number(symbols_.intern(report.issuer));
  out.text(report.report);
  out.number(report.revision);
  out.byte(report.imported ? 1 : 0);
  out.instant(report.received_at);
  const auto present = presence(report, iin);
  out.number(present);
  out.byte(static_cast<std::uint8_t>(report.action));
  out.byte(static_cast<std::uint8_t>(report.fraud_type));
  out.instant(report.reported_at);
  out.number(symbols_.intern(report.match_key));
  if (report.disposition) out.byte(static_cast<std::uint8_t>(*report.disposition));
  if (report.filed_under) {
    out.raw({reinterpret_cast<const char*>(report.card.bytes.data()), report.card.bytes.size()});
  }
  if (report.iin != iin) out.number(report.iin);
  if (report.expiry) out.number(months_of(*report.expiry));
  if (report.attempted_at) out.instant(*report.attempted_at);
  if (!report.amount.empty()) out.text(report.amount);
  if (!report.currency.empty()) out.number(symbols_.intern(report.currency));
  if (!report.mcc.empty()) out.number(symbols_.intern(report.mcc));
  if (!report.country.empty()) out.number(symbols_.intern(report.country));
  if (!report.channel.empty()) out.number(symbols_.intern(report.channel));
  if (!report.member.empty()) out.text(report.member);
  if (!report.incident.empty()) out.number(symbols_.intern(report.incident));
  return framed(/*report=*/true);
}

ReportView read_report(std::string_view body,
                       const CardRef& home,
                       Iin iin,
                       const SymbolTable& symbols) {
  ByteReader in{body};
  ReportView out;
  out.issuer = symbols.text(in.small());
  out.report = in.text();
  out.revision = in.small();
  out.imported = in.byte() != 0;
  out.received_at = in.instant();
  const auto present = in.small();
  const auto has = [present](std::uint32_t mask) { return (present & mask) != 0; };
  out.action = static_cast<ReportAction>(in.byte());
  out.fraud_type = static_cast<FraudType>(in.byte());
  out.reported_at = in.instant();
  out.match_key = symbols.text(in.small());
  if (has(kDisposition)) out.disposition = static_cast<FraudDisposition>(in.byte());
  out.card = home;
  if (has(kCard)) {
    const auto bytes = in.raw(out.card.bytes.size());
    std::memcpy(out.card.bytes.data(), bytes.data(), bytes.size());
    out.filed_under = home;
  }
  out.iin = has(kIin) ? in.small() : iin;
  if (has(kExpiry)) out.expiry = expiry_of(in.small());
  if (has(kAttempted)) out.attempted_at = in.instant();
  if (has(kAmount)) out.amount = in.text();
  if (has(kCurrency)) out.currency = symbols.text(in.small());
  if (has(kMcc)) out.mcc = symbols.text(in.small());
  if (has(kCountry)) out.country = symbols.text(in.small());
  if (has(kChannel)) out.channel = symbols.text(in.small());
  if (has(kMember)) out.member = in.text();
  if (has(kIncident)) out.incident = symbols.text(in.small());
  if (has(kApprovalGiven)) out.approved = has(kApproved);
  return out;
}

std::string_view ItemWriter::write(const IssuerAnswer& answer) {
  body_.clear();
  ByteWriter out{body_};
  out.number(symbols_.intern(answer.issuer.get()));
  out.byte(static_cast<std::uint8_t>(answer.status));
  out.instant(answer.received_at);
  out.number(answer.seq);
  if (answer.answered_at) out.instant(*answer.answered_at);
  item_.clear();
  ByteWriter frame{item_};
  frame.number(kAnswerFrame);
  frame.text(body_.view());
  return item_.view();
}

IssuerAnswer read_answer(std::string_view body, const CardRef& card, const SymbolTable& symbols) {
  ByteReader in{body};
  IssuerAnswer out;
  out.issuer = IssuerId{std::string{symbols.text(in.small())}};
  out.card = card;
  out.status = static_cast<CardStatus>(in.byte());
  out.received_at = in.instant();
  out.seq = in.number();
  if (!in.done()) out.answered_at = in.instant();
  return out;
}

std::string_view report_key(std::string_view body) {
  ByteReader in{body};
  static_cast<void>(in.number());
  static_cast<void>(in.text());
  return body.substr(0, static_cast<std::size_t>(in.position() - body.data()));
}

bool is_repeat(std::string_view held, std::string_view added) {
  const auto identity_end = [](std::string_view body) {
    const auto key = report_key(body);
    ByteReader in{body.substr(key.size())};
    static_cast<void>(in.number());
    return static_cast<std::size_t>(in.position() - body.data());
  };
  const auto end = identity_end(added);
  if (held.size() != added.size() || held.substr(0, end) != added.substr(0, end)) return false;
  ByteReader held_rest{held.substr(end)};
  ByteReader added_rest{added.substr(end)};
  static_cast<void>(held_rest.byte());
  static_cast<void>(added_rest.byte());
  if (added_rest.instant() < held_rest.instant()) return false;
  const auto content = static_cast<std::size_t>(added_rest.position() - added.data());
  return held.substr(content) == added.substr(content);
}

std::string_view exposure_identity(std::string_view body) {
  ByteReader in{body};
  for (int part = 0; part < 3; ++part) static_cast<void>(in.number());
  return body.substr(0, static_cast<std::size_t>(in.position() - body.data()));
}

}  // namespace cw::matcher
