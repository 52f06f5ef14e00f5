#include "cli/feed_view.hpp"

#include "cli/session.hpp"

namespace cw::cli {
namespace {

constexpr std::size_t kDigestShown = 12;

std::string number(codec::JsonValue value) {
  const auto integer = value.integer();
  return integer ? grouped(*integer) : cell(value);
}

std::string agreement(codec::JsonValue equal) {
  if (const auto known = equal.boolean()) return *known ? "equal" : "DIFFERENT";
  return "unknown";
}

std::string digest(codec::JsonValue value) {
  return value.text_or("-").substr(0, kDigestShown);
}

/// "paused by ops-a (a move)".
std::string standing(codec::JsonValue feed) {
  std::string text = cell(feed["state"]);
  const std::string set_by = feed["set_by"].text_or("");
  if (set_by == "answer_410") text += " by the issuer's answer 410";
  if (set_by == "issuer") text += " by the issuer";
  if (set_by == "us" && !feed["by"].text_or("").empty()) text += " by " + cell(feed["by"]);
  const std::string reason = feed["reason"].text_or("");
  if (!reason.empty()) text += " (" + reason + ")";
  return text;
}

std::string entries(std::int64_t count, std::string_view one, std::string_view many) {
  return grouped(count) + " " + std::string{count == 1 ? one : many};
}

}  // namespace

Table feeds_table(codec::JsonValue feeds) {
  Table table({{"issuer"},
               {"state"},
               {"circuit"},
               {"entries", Align::kRight},
               {"pending", Align::kRight},
               {"through", Align::kRight},
               {"applied", Align::kRight},
               {"digest"},
               {"both sides"},
               {"failures", Align::kRight},
               {"set aside", Align::kRight},
               {"oldest s", Align::kRight},
               {"last error"}});
  for (const auto feed : feeds.elements()) {
    table.add({cell(feed["issuer"]),
               cell(feed["state"]),
               cell(feed["circuit"]),
               number(feed["entries"]),
               number(feed["pending"]),
               cell(feed["through"]),
               cell(feed["applied_through"]),
               digest(feed["digest"]),
               agreement(feed["digest_equal"]),
               number(feed["failures"]),
               number(feed["set_aside"]),
               cell(feed["oldest_undelivered_seconds"]),
               cell(feed["last_error"])});
  }
  return table;
}

Table feed_table(codec::JsonValue feed) {
  Table table({{"what"}, {"value"}});
  table.add({"issuer", cell(feed["issuer"])});
  table.add({"state", standing(feed)});
  table.add({"doing", cell(feed["phase"])});
  table.add({"circuit", cell(feed["circuit"])});
  table.add({"cards on the list", number(feed["entries"])});
  table.add({"entries pending", number(feed["pending"])});
  table.add({"oldest pending, s", number(feed["oldest_undelivered_seconds"])});
  table.add({"epoch", cell(feed["epoch"])});
  table.add({"accepted through", cell(feed["accepted_through"])});
  table.add({"applied through", cell(feed["applied_through"])});
  table.add({"digest", digest(feed["digest"])});
  table.add({"issuer's digest", digest(feed["issuer_digest"])});
  table.add({"both sides", agreement(feed["digest_equal"])});
  table.add({"failures in a row", number(feed["failures"])});
  table.add({"next attempt", cell(feed["next_attempt_at"])});
  table.add({"last error", cell(feed["last_error"])});
  table.add({"set aside", number(feed["set_aside"])});
  table.add({"rejected", number(feed["rejected"])});
  table.add({"coalesced", number(feed["coalesced"])});
  table.add({"rewinds", number(feed["rewinds"])});
  return table;
}

std::string order_sentence(codec::JsonValue feed, bool under_way) {
  const std::string issuer = cell(feed["issuer"]);
  if (under_way) {
    return issuer +
           ": accepted, but a delivery is still under way; look again with `cardwatch feed "
           "show --issuer " +
           issuer + "`";
  }
  const auto pending = entries(feed["pending"].integer_or(0), "entry waits", "entries wait");
  std::string text = issuer + " is " + standing(feed) + "; " + pending;
  const std::string state = feed["state"].text_or("");
  if (state == "paused" || state == "disabled") {
    text += "; resume with `cardwatch feed resume --issuer " + issuer + "`";
  }
  return text;
}

std::string reconcile_sentence(const std::string& issuer, codec::JsonValue result) {
  const std::string at = " (through " + cell(result["through"]) + ")";
  if (result["equal_before"].boolean_or(false)) return issuer + ": both sides are equal" + at;
  const auto buckets =
      entries(static_cast<std::int64_t>(result["differing"].size()), "bucket", "buckets");
  std::string text = issuer + ": " + buckets + " of 256 differed" + at + "; sent again: " +
                     entries(result["repaired_entries"].integer_or(0), "entry", "entries") + ", " +
                     entries(result["bytes"].integer_or(0), "byte", "bytes") + "; ";
  if (result["equal_after"].boolean_or(false)) return text + "now both sides are equal";
  return text + "STILL DIFFERENT: the issuer does not keep what it accepts";
}

Table set_aside_table(codec::JsonValue answer) {
  Table table({{"seq", Align::kRight}, {"op"}, {"code"}});
  for (const auto entry : answer["entries"].elements()) {
    table.add({cell(entry["seq"]), cell(entry["op"]), cell(entry["code"])});
  }
  return table;
}

std::string retry_sentence(codec::JsonValue answer, bool under_way) {
  const std::string issuer = cell(answer["issuer"]);
  if (under_way) {
    return issuer +
           ": still being offered; look again with `cardwatch feed set-aside list "
           "--issuer " +
           issuer + "`";
  }
  const auto offered = answer["offered"].integer_or(0);
  const auto unsendable = answer["unsendable"].integer_or(0);
  if (offered == 0 && unsendable == 0) return issuer + ": nothing is set aside";
  std::string text = issuer + ": " + entries(offered, "entry", "entries") + " offered again, " +
                     grouped(answer["taken"].integer_or(0)) + " taken, " +
                     grouped(answer["refused"].integer_or(0)) + " refused";
  if (unsendable > 0) text += ", " + grouped(unsendable) + " whose number cannot be opened";
  return text;
}

}  // namespace cw::cli
