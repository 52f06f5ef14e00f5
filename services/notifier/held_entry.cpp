#include "notifier/held_entry.hpp"

namespace cw::notifier {
namespace {

void append_day(std::string& out, Day day) {
  out += std::to_string(std::chrono::sys_days{day}.time_since_epoch().count());
  out += '|';
}

/// Ids have no '|', so the spelling is unique.
void spell(std::string& out, const std::vector<WatchReason>& reasons) {
  out.clear();
  for (const WatchReason& reason : reasons) {
    out += reason.incident.get();
    out += '|';
    out += reason.file.get();
    out += '|';
    out += text(reason.level);
    out += '|';
    out += std::to_string(reason.scope_revision);
    out += '|';
    append_day(out, reason.since);
    append_day(out, reason.at_risk_from);
    append_day(out, reason.at_risk_to);
  }
}

}  // namespace

WatchChange HeldEntry::change(const IssuerId& issuer, const CardRef& card) const {
  return {.op = op,
          .entry = {.issuer = issuer,
                    .card = card,
                    .level = level,
                    .expiry = expiry,
                    .sealed_pan = sealed_pan,
                    .file_key = file_key ? *file_key : std::string{},
                    .watch_from = watch_from,
                    .reasons = reasons ? *reasons : std::vector<WatchReason>{}}};
}

HeldEntry EntryFactory::make(std::uint64_t seq, const WatchChange& change) {
  const WatchEntry& entry = change.entry;
  HeldEntry held{.seq = seq,
                 .op = change.op,
                 .level = entry.level,
                 .expiry = entry.expiry,
                 .watch_from = entry.watch_from,
                 .sealed_pan = entry.sealed_pan};
  if (!entry.file_key.empty()) held.file_key = keys_.intern(entry.file_key, entry.file_key);
  if (!entry.reasons.empty()) {
    spell(scratch_, entry.reasons);
    held.reasons = reasons_.intern(scratch_, entry.reasons);
  }
  return held;
}

}  // namespace cw::notifier
