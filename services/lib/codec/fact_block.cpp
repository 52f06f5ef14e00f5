#include "lib/codec/fact_block.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/fact_row.hpp"
#include "lib/codec/json_append.hpp"
#include "lib/codec/limits.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/codec/scan_values.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace cw::codec {
namespace {

constexpr std::string_view kHead = R"({"v":1,"facts":[)";
constexpr std::string_view kNames = R"(],"names":[)";
constexpr std::string_view kTail = "]}";
/// No row is longer, its report id and its member left out: numbers, card, punctuation.
constexpr std::size_t kRowBytesMax = 320;
/// A row takes at least its numbers, its card and its punctuation.
constexpr std::size_t kFactsMax = kMessageBytesMax / 72;
constexpr std::size_t kNamesMax = 4 * kFactsMax;
constexpr std::uint64_t kMillisecondsMax = 400'000'000'000'000;  // Years 0 to 9999 and spare.

std::uint32_t flags_of(const FactView& fact, bool retracted) noexcept {
  std::uint32_t flags = 0;
  if (fact.active) flags |= kFlagActive;
  if (fact.attributable) flags |= kFlagAttributable;
  if (fact.imported) flags |= kFlagImported;
  if (retracted) flags |= kFlagRetracted;
  if (fact.approved) flags |= *fact.approved ? kFlagApproved : kFlagDeclined;
  return flags;
}

char* append_signed(char* out, std::int64_t value) noexcept {
  if (value >= 0) return append_number(out, static_cast<std::uint64_t>(value));
  return append_number(append(out, "-"), static_cast<std::uint64_t>(-value));
}

char* append_name(char* out, std::uint32_t number) noexcept {
  return append_number(append(out, ","), number);
}

char* append_time(char* out, Instant::duration value) noexcept {
  return append_signed(append(out, ","), value.count());
}

/// In the order of FactColumn.
char* append_row(char* out, const FactView& fact, bool retracted, FactNames& names) {
  out = append(out, "[");
  out = append_number(out, names.number(fact.incident));
  out = append_name(out, names.number(fact.issuer));
  out = append(out, ",\"");
  out = append(out, fact.report);
  out = append(out, "\",");
  out = append_number(out, fact.revision);
  out = append_time(out, fact.known_from.time_since_epoch());
  out = append(out, ",\"");
  out = write_hex(out, fact.card.bytes);
  out = append(out, "\"");
  out = append_name(out, names.number(fact.card_issuer));
  out = append_name(out, names.number(fact.outcome));
  out = append_number(append(out, ","), flags_of(fact, retracted));
  out = append_number(append(out, ","), fact.scope_revision);
  out = append_time(out, fact.known_from - fact.received_at);
  out = append_time(out, fact.received_at - fact.reported_at);
  out = append_name(out, names.number(fact.fraud_type));
  out = fact.disposition ? append_name(out, names.number(*fact.disposition)) : append(out, ",-1");
  if (!fact.member.empty()) {
    out = append(out, ",\"");
    out = append_escaped(out, fact.member);
    out = append(out, "\"");
  }
  return append(out, "]");
}

/// Reads the places of one row.
class RowReader {
 public:
  RowReader(const Node& row,
            const Path& path,
            const std::vector<std::string_view>& names,
            Failure& failure)
      : row_(row), path_(path), names_(names), failure_(failure) {}

  [[nodiscard]] bool complete() const {
    const bool whole =
        row_.IsArray() && (row_.Size() == kFactMember || row_.Size() == kFactColumns);
    if (!whole) failure_.violation(path_, "the 14 or 15 values of a fact");
    return whole;
  }

  [[nodiscard]] std::int64_t number(FactColumn column, std::int64_t min, std::int64_t max) const {
    const auto& value = at(column);
    if (value.IsInt64() && value.GetInt64() >= min && value.GetInt64() <= max) {
      return value.GetInt64();
    }
    violation(column, "a number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }

  [[nodiscard]] std::uint32_t number32(FactColumn column, std::uint32_t min) const {
    return static_cast<std::uint32_t>(
        number(column, min, std::numeric_limits<std::int32_t>::max()));
  }

  [[nodiscard]] std::chrono::milliseconds time(FactColumn column) const {
    constexpr auto kMax = static_cast<std::int64_t>(kMillisecondsMax);
    return std::chrono::milliseconds{number(column, -kMax, kMax)};
  }

  [[nodiscard]] std::string_view name(FactColumn column) const {
    const auto& value = at(column);
    if (value.IsUint() && value.GetUint() < names_.size()) return names_[value.GetUint()];
    violation(column, "the place of a name in the block's list");
    return {};
  }

  [[nodiscard]] std::string id(FactColumn column) const {
    const auto found = name(column);
    if (!is_id(found)) violation(column, "the place of an id");
    return std::string{found};
  }

  template <class From>
  [[nodiscard]] auto code(FactColumn column, From from) const {
    using Code = typename decltype(from(std::string_view{}))::value_type;
    const auto found = from(name(column));
    if (!found) violation(column, "the place of one of the codes of its schema");
    return found.value_or(Code{});
  }

  [[nodiscard]] std::string_view text(FactColumn column) const {
    const auto& value = at(column);
    if (value.IsString()) return view(value);
    violation(column, "text");
    return {};
  }

  [[nodiscard]] bool has(FactColumn column) const { return row_.Size() > column; }

  void violation(FactColumn column, std::string_view wanted) const {
    failure_.violation(Path{&path_, {}, column}, wanted);
  }

 private:
  [[nodiscard]] const Node& at(FactColumn column) const {
    return row_[static_cast<rapidjson::SizeType>(column)];
  }

  const Node& row_;
  const Path& path_;
  const std::vector<std::string_view>& names_;
  Failure& failure_;
};

CardRef read_card(const RowReader& row) {
  CardRef card;
  if (!scan_card(row.text(kFactCard), card)) row.violation(kFactCard, "32 hex digits");
  return card;
}

FactId read_id(const RowReader& row) {
  FactId id;
  // Empty where a report stands under no incident.
  const bool none = row.name(kFactIncident).empty();
  if (!none) id.incident = IncidentId{row.id(kFactIncident)};
  id.issuer = IssuerId{row.id(kFactIssuer)};
  const auto report = row.text(kFactReport);
  if (!is_id(report)) row.violation(kFactReport, "an id");
  id.report = ReportId{std::string{report}};
  id.known_from = Instant{row.time(kFactKnownFrom)};
  return id;
}

void read_flags(const RowReader& row, FactMessage& message) {
  const auto flags = static_cast<std::uint32_t>(row.number(kFactFlags, 0, kFlagsAll));
  message.fact.active = (flags & kFlagActive) != 0;
  message.fact.attributable = (flags & kFlagAttributable) != 0;
  message.fact.imported = (flags & kFlagImported) != 0;
  message.retracted = (flags & kFlagRetracted) != 0;
  const auto answer = flags & (kFlagApproved | kFlagDeclined);
  if (answer == (kFlagApproved | kFlagDeclined)) {
    row.violation(kFactFlags, "approved or declined, not both");
  }
  if (answer != 0) message.fact.approved = answer == kFlagApproved;
}

void read_member(const RowReader& row, Fact& fact) {
  if (!row.has(kFactMember)) return;
  const auto member = row.text(kFactMember);
  if (member.empty() || member.size() > kTextBytesMax) {
    row.violation(kFactMember, "text of 1 to " + std::to_string(kTextBytesMax) + " bytes");
  }
  fact.member = member;
}

FactMessage read_fact(const RowReader& row) {
  FactMessage message;
  if (!row.complete()) return message;
  Fact& fact = message.fact;
  fact.id = read_id(row);
  fact.revision = row.number32(kFactRevision, 1);
  fact.card = read_card(row);
  fact.card_issuer = IssuerId{row.id(kFactCardIssuer)};
  fact.outcome = row.code(kFactOutcome, outcome_from);
  read_flags(row, message);
  fact.scope_revision = row.number32(kFactScopeRevision, 0);
  fact.received_at = fact.id.known_from - row.time(kFactReceivedAgo);
  fact.reported_at = fact.received_at - row.time(kFactReportedAgo);
  fact.fraud_type = row.code(kFactFraudType, fraud_type_from);
  if (row.number(kFactDisposition, -1, kNamesMax) >= 0) {
    fact.disposition = row.code(kFactDisposition, disposition_from);
  }
  read_member(row, fact);
  return message;
}

std::vector<std::string_view> read_names(const ObjectReader& object) {
  std::vector<std::string_view> names;
  object.each("names", kNamesMax, [&](const Node& node, const Path& path) {
    if (!node.IsString()) object.failure().violation(path, "text");
    names.push_back(node.IsString() ? view(node) : std::string_view{});
  });
  return names;
}

std::vector<FactMessage> read_block(const ObjectReader& object) {
  const auto names = read_names(object);
  std::vector<FactMessage> messages;
  object.each("facts", kFactsMax, [&](const Node& node, const Path& path) {
    messages.push_back(read_fact(RowReader(node, path, names, object.failure())));
  });
  if (messages.empty()) object.violation("facts", "at least one");
  return messages;
}

}  // namespace

void FactBlockWriter::reserve(std::size_t more) {
  if (capacity_ - size_ >= more) return;
  const std::size_t wanted = std::max(size_ + more, capacity_ * 2);
  auto grown = std::make_unique<char[]>(wanted);
  std::copy_n(buffer_.get(), size_, grown.get());
  buffer_ = std::move(grown);
  capacity_ = wanted;
}

void FactBlockWriter::add(const FactView& fact, bool retracted) {
  reserve(kRowBytesMax + fact.report.size() + fact.member.size() * kEscapedBytesMax);
  char* out = buffer_.get() + size_;
  out = facts_ == 0 ? append(out, kHead) : append(out, ",");
  out = append_row(out, fact, retracted, names_);
  size_ = static_cast<std::size_t>(out - buffer_.get());
  ++facts_;
}

std::string_view FactBlockWriter::finish() {
  reserve(kHead.size() + tail_bytes());
  if (facts_ == 0) size_ = static_cast<std::size_t>(append(buffer_.get(), kHead) - buffer_.get());
  char* end = append(buffer_.get() + size_, kNames);
  end = append(names_.append(end), kTail);
  return {buffer_.get(), static_cast<std::size_t>(end - buffer_.get())};
}

std::size_t FactBlockWriter::tail_bytes() const noexcept {
  return kNames.size() + names_.bytes() + kTail.size();
}

void FactBlockWriter::clear() {
  size_ = 0;
  facts_ = 0;
  names_.clear();
}

Result<std::size_t> decode_facts(std::string_view json,
                                 const std::function<void(FactMessage&&)>& visit) {
  auto decoded = decode_message<std::vector<FactMessage>>(json, read_block);
  if (!decoded) return std::move(decoded).error();
  std::vector<FactMessage> messages = std::move(decoded).value();
  for (FactMessage& message : messages) visit(std::move(message));
  return messages.size();
}

}  // namespace cw::codec
