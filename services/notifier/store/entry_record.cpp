#include "notifier/store/entry_record.hpp"

#include "notifier/store/bytes.hpp"

#include <chrono>
#include <cstring>

namespace cw::notifier {
namespace {

constexpr std::size_t kCardBytes = sizeof(CardRef::bytes);

void put_day(std::string& to, Day day) {
  put_number(to, static_cast<std::int32_t>(std::chrono::sys_days{day}.time_since_epoch().count()));
}

Day take_day(ByteReader& from) {
  return Day{std::chrono::sys_days{std::chrono::days{from.number<std::int32_t>()}}};
}

void put_reasons(std::string& to, const std::vector<WatchReason>& reasons) {
  put_number(to, static_cast<std::uint16_t>(reasons.size()));
  for (const WatchReason& reason : reasons) {
    put_text(to, reason.incident.get());
    put_text(to, reason.file.get());
    put_number(to, static_cast<std::uint8_t>(reason.level));
    put_number(to, reason.scope_revision);
    put_day(to, reason.since);
    put_day(to, reason.at_risk_from);
    put_day(to, reason.at_risk_to);
  }
}

std::optional<std::vector<WatchReason>> take_reasons(std::string_view bytes) {
  ByteReader from{bytes};
  std::vector<WatchReason> reasons(from.number<std::uint16_t>());
  for (WatchReason& reason : reasons) {
    reason.incident = IncidentId{std::string{from.text()}};
    reason.file = FileName{std::string{from.text()}};
    reason.level = static_cast<WatchLevel>(from.number<std::uint8_t>());
    reason.scope_revision = from.number<std::uint32_t>();
    reason.since = take_day(from);
    reason.at_risk_from = take_day(from);
    reason.at_risk_to = take_day(from);
  }
  if (!from.good()) return std::nullopt;
  return reasons;
}

}  // namespace

std::string EntryCodec::write(const WatchChange& change, Instant written_at) {
  const WatchEntry& entry = change.entry;
  std::string bytes = strip(entry.card);
  put_number(bytes, std::int64_t{written_at.time_since_epoch().count()});
  put_number(bytes, static_cast<std::uint8_t>(change.op));
  put_number(bytes, static_cast<std::uint8_t>(entry.level));
  put_number(bytes, entry.expiry.year);
  put_number(bytes, entry.expiry.month);
  put_day(bytes, entry.watch_from);
  put_text(bytes, entry.sealed_pan);
  put_text(bytes, entry.file_key);
  put_reasons(bytes, entry.reasons);
  return bytes;
}

std::string EntryCodec::strip(const CardRef& card) {
  return {reinterpret_cast<const char*>(card.bytes.data()), card.bytes.size()};
}

std::optional<CardRef> EntryCodec::card(std::string_view bytes) noexcept {
  if (bytes.size() < kCardBytes) return std::nullopt;
  CardRef card;
  std::memcpy(card.bytes.data(), bytes.data(), kCardBytes);
  return card;
}

std::optional<Instant> EntryCodec::written_at(std::string_view bytes) noexcept {
  std::int64_t count = 0;
  if (bytes.size() < kCardBytes + sizeof count) return std::nullopt;
  std::memcpy(&count, bytes.data() + kCardBytes, sizeof count);
  return Instant{std::chrono::milliseconds{count}};
}

std::optional<StoredEntry> EntryCodec::read(std::uint64_t seq, std::string_view bytes) {
  ByteReader from{bytes};
  StoredEntry stored;
  from.fill(stored.card.bytes);
  stored.written_at = Instant{std::chrono::milliseconds{from.number<std::int64_t>()}};
  HeldEntry& entry = stored.entry;
  entry.seq = seq;
  entry.op = static_cast<FeedOp>(from.number<std::uint8_t>());
  entry.level = static_cast<WatchLevel>(from.number<std::uint8_t>());
  entry.expiry.year = from.number<std::uint16_t>();
  entry.expiry.month = from.number<std::uint8_t>();
  entry.watch_from = take_day(from);
  entry.sealed_pan = from.text();
  const std::string_view file_key = from.text();
  const std::string_view reasons = from.rest();
  if (!from.good() || reasons.empty()) return std::nullopt;
  if (!file_key.empty()) {
    scratch_ = file_key;
    entry.file_key = keys_.intern(scratch_, scratch_);
  }
  entry.reasons = this->reasons(reasons);
  if (!entry.reasons) return std::nullopt;
  if (entry.reasons->empty()) entry.reasons.reset();
  return stored;
}

std::shared_ptr<const std::vector<WatchReason>> EntryCodec::reasons(std::string_view bytes) {
  scratch_ = bytes;
  if (auto known = reasons_.find(scratch_)) return known;
  const auto made = take_reasons(bytes);
  if (!made) return nullptr;
  return reasons_.intern(scratch_, *made);
}

}  // namespace cw::notifier
