#include "cli/replay/replay_watchlist.hpp"

#include "lib/codec/json_writer.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace cw::cli {
namespace {

constexpr std::array<WatchLevel, 3> kLevels{
    WatchLevel::kFraudReported, WatchLevel::kIdentified, WatchLevel::kInFile};

std::string reasons_text(const WatchEntry& entry) {
  std::string text;
  for (const WatchReason& reason : entry.reasons) {
    text += (text.empty() ? "" : " ") + reason.incident.get() + "/" + reason.file.get() + "=" +
            std::string(cw::text(reason.level));
  }
  return text;
}

}  // namespace

WatchSummary watch_summary(const std::vector<WatchEntry>& entries) {
  std::map<IssuerId, std::map<WatchLevel, std::int64_t>> issuers;
  for (const WatchEntry& entry : entries) ++issuers[entry.issuer][entry.level];
  Table table({{"issuer"},
               {"entries", Align::kRight},
               {"fraud_reported", Align::kRight},
               {"identified", Align::kRight},
               {"in_file", Align::kRight}});
  std::string json;
  codec::JsonWriter writer(json);
  writer.begin_array();
  for (auto& [issuer, levels] : issuers) {
    std::int64_t total = 0;
    for (const auto& [level, entries_at] : levels) total += entries_at;
    std::vector<std::string> cells{issuer.get(), std::to_string(total)};
    writer.begin_object().string("issuer", issuer.get()).number("entries", total);
    for (const WatchLevel level : kLevels) {
      cells.push_back(std::to_string(levels[level]));
      writer.number(text(level), levels[level]);
    }
    writer.end_object();
    table.add(std::move(cells));
  }
  writer.end_array();
  return {std::move(table), std::move(json)};
}

WatchSummary watch_cards(std::vector<WatchEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.issuer, a.card) < std::tie(b.issuer, b.card);
  });
  Table table({{"issuer"}, {"card"}, {"level"}, {"expiry"}, {"watch_from"}, {"reasons"}});
  std::string json;
  codec::JsonWriter writer(json);
  writer.begin_array();
  for (const WatchEntry& entry : entries) {
    const std::vector<std::string> cells{entry.issuer.get(),
                                         entry.card.hex(),
                                         std::string(text(entry.level)),
                                         entry.expiry.text(),
                                         format_day(entry.watch_from),
                                         reasons_text(entry)};
    writer.begin_object().string("issuer", cells[0]).string("card", cells[1]);
    writer.string("level", cells[2]).string("expiry", cells[3]).string("watch_from", cells[4]);
    writer.string("reasons", cells[5]).end_object();
    table.add(cells);
  }
  writer.end_array();
  return {std::move(table), std::move(json)};
}

}  // namespace cw::cli
