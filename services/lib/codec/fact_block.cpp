#include "lib/codec/fact_block.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/json_append.hpp"
#include "lib/codec/limits.hpp"
#include "lib/codec/object_reader.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cw::codec {
namespace {

constexpr std::string_view kHead = R"({"v":1,"facts":[)";
constexpr std::string_view kTail = "]}";
/// No fact is longer, its ids and its member left out: keys, punctuation, codes, numbers, times.
constexpr std::size_t kFactBytesMax = 640;
/// A fact takes at least its required members' keys.
constexpr std::size_t kFactsMax = kMessageBytesMax / 200;

char* append_flag(char* out, bool value) noexcept {
  return value ? append(out, "true") : append(out, "false");
}

char* append_optional(char* out, const FactView& fact, bool retracted) noexcept {
  if (fact.disposition) {
    out = append(out, R"(","disposition":")");
    out = append(out, text(*fact.disposition));
  }
  out = append(out, R"(","fraud_type":")");
  out = append(out, text(fact.fraud_type));
  out = append(out, "\"");
  if (fact.approved) {
    out = append(out, R"(,"approved":)");
    out = append_flag(out, *fact.approved);
  }
  if (fact.imported) out = append(out, R"(,"imported":true)");
  if (retracted) out = append(out, R"(,"retracted":true)");
  return append(out, "}");
}

char* append_fact(char* out, const FactView& fact, bool retracted) noexcept {
  out = append(out, R"({"incident":")");
  out = append(out, fact.incident);
  out = append(out, R"(","issuer":")");
  out = append(out, fact.issuer);
  out = append(out, R"(","report_id":")");
  out = append(out, fact.report);
  out = append(out, R"(","revision":)");
  out = append_number(out, fact.revision);
  out = append(out, R"(,"known_from":")");
  out = write_instant(out, fact.known_from);
  out = append(out, R"(","card":")");
  out = write_hex(out, fact.card.bytes);
  out = append(out, R"(","card_issuer":")");
  out = append(out, fact.card_issuer);
  out = append(out, R"(","outcome":")");
  out = append(out, text(fact.outcome));
  out = append(out, R"(","active":)");
  out = append_flag(out, fact.active);
  out = append(out, R"(,"attributable":)");
  out = append_flag(out, fact.attributable);
  out = append(out, R"(,"scope_revision":)");
  out = append_number(out, fact.scope_revision);
  if (!fact.member.empty()) {
    out = append(out, R"(,"member":")");
    out = append_escaped(out, fact.member);
    out = append(out, "\"");
  }
  out = append(out, R"(,"reported_at":")");
  out = write_instant(out, fact.reported_at);
  out = append(out, R"(","received_at":")");
  out = write_instant(out, fact.received_at);
  return append_optional(out, fact, retracted);
}

/// Empty where a report stands under no incident.
IncidentId read_incident(const ObjectReader& object) {
  const Node* node = object.required("incident");
  const bool none = node != nullptr && node->IsString() && node->GetStringLength() == 0;
  return none ? IncidentId{} : IncidentId{object.id("incident")};
}

FactMessage read_fact(const ObjectReader& object) {
  FactMessage message;
  Fact& fact = message.fact;
  fact.id.incident = read_incident(object);
  fact.id.issuer = IssuerId{object.id("issuer")};
  fact.id.report = ReportId{object.id("report_id")};
  fact.id.known_from = object.instant("known_from");
  fact.revision = object.number32("revision", 1);
  fact.card = object.card("card");
  fact.card_issuer = IssuerId{object.id("card_issuer")};
  fact.outcome = object.code("outcome", outcome_from);
  fact.active = object.flag("active");
  fact.attributable = object.flag("attributable");
  fact.scope_revision = object.number32("scope_revision", 0);
  fact.member = object.optional_text("member");
  fact.reported_at = object.instant("reported_at");
  fact.received_at = object.instant("received_at");
  fact.disposition = object.optional_code("disposition", disposition_from);
  fact.fraud_type = object.code("fraud_type", fraud_type_from);
  fact.approved = object.optional_flag("approved");
  fact.imported = object.optional_flag("imported").value_or(false);
  message.retracted = object.optional_flag("retracted").value_or(false);
  return message;
}

std::vector<FactMessage> read_block(const ObjectReader& object) {
  std::vector<FactMessage> messages;
  object.each("facts", kFactsMax, [&](const Node& node, const Path& path) {
    messages.push_back(read_fact(ObjectReader(node, path, object.failure())));
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
  const std::size_t ids =
      fact.incident.size() + fact.issuer.size() + fact.report.size() + fact.card_issuer.size();
  reserve(kFactBytesMax + ids + fact.member.size() * kEscapedBytesMax + kTail.size());
  char* out = buffer_.get() + size_;
  out = facts_ == 0 ? append(out, kHead) : append(out, ",");
  out = append_fact(out, fact, retracted);
  size_ = static_cast<std::size_t>(out - buffer_.get());
  ++facts_;
}

std::string_view FactBlockWriter::finish() {
  if (facts_ == 0) reserve(kHead.size() + kTail.size());
  if (facts_ == 0) size_ = static_cast<std::size_t>(append(buffer_.get(), kHead) - buffer_.get());
  const char* end = append(buffer_.get() + size_, kTail);
  return {buffer_.get(), static_cast<std::size_t>(end - buffer_.get())};
}

void FactBlockWriter::clear() noexcept {
  size_ = 0;
  facts_ = 0;
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
