#include "unit/codec/examples.hpp"

#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/control_request.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/fact_block.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/codec/feed_digest_codec.hpp"
#include "lib/codec/feed_state_codec.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/predicate_codec.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/report_rows.hpp"
#include "lib/codec/schema.hpp"
#include "lib/codec/watch_codec.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

namespace cw::codec::test {
namespace {

using Reencode = std::function<Result<std::string>(std::string_view)>;

template <class T, class Encode>
Reencode by(Result<T> (*decode)(std::string_view), Encode encode_it) {
  return [decode, encode_it](std::string_view json) -> Result<std::string> {
    auto decoded = decode(json);
    if (!decoded) return decoded.error();
    return std::string(encode_it(decoded.value()));
  };
}

/// For documents that services only read.
template <class T>
Reencode read_only(Result<T> (*decode)(std::string_view)) {
  return [decode](std::string_view json) -> Result<std::string> {
    auto decoded = decode(json);
    if (!decoded) return decoded.error();
    return std::string(json);
  };
}

std::string batch_again(const FeedBatch& batch) {
  std::vector<Sensitive> entries;
  for (const FeedEntry& entry : batch.entries) entries.push_back(entry.canonical);
  return std::string(feed_batch(batch.head, entries).reveal());
}

/// An entry comes in a batch only.
Result<std::string> entry_again(std::string_view json) {
  const std::string batch =
      R"({"feed":"cardwatch.watchlist.v1","issuer":"i","epoch":1,"batch":"b","after":0,)"
      R"("through":999999,"count":1,"more":false,"entries":[)" +
      std::string(json) + "]}";
  auto decoded = decode_feed_batch(batch);
  if (!decoded) return decoded.error();
  const FeedEntry& entry = decoded.value().entries.front();
  WatchChange change{entry.op, {}};
  change.entry.level = entry.level.value_or(WatchLevel::kInFile);
  change.entry.expiry = entry.expiry.value_or(Expiry{});
  change.entry.watch_from = entry.watch_from.value_or(Day{});
  change.entry.reasons = entry.reasons;
  return std::string(canonical_entry(entry.seq, entry.pan, change).reveal());
}

Result<std::string> facts_again(std::string_view json) {
  FactBlockWriter writer;
  const auto facts = decode_facts(
      json, [&](FactMessage&& each) { writer.add(view_of(each.fact), each.retracted); });
  if (!facts) return facts.error();
  return std::string(writer.finish());
}

Result<std::string> reports_again(std::string_view json) {
  constexpr std::size_t kBytesMax = 1 << 20;
  auto items = read_reports_json(json, {now()}, kBytesMax);
  if (!items) return items.error();
  for (const ReportItem& item : items.value()) {
    if (const auto* refused = std::get_if<RowError>(&item)) return refused->error;
  }
  return std::string(json);
}

const std::map<std::string, Reencode, std::less<>>& table() {
  static const std::map<std::string, Reencode, std::less<>> entries{
      {"exposure", by(decode_exposure, [](const auto& x) { return encode(x); })},
      {"report", by(decode_report, [](const auto& x) { return encode(x); })},
      {"control", by(decode_control, [](const auto& x) { return encode(x); })},
      {"match-facts", facts_again},
      {"watch-entry", by(decode_watch, [](const auto& x) { return encode(x); })},
      {"feed-state", by(decode_feed_state, [](const auto& x) { return encode(x); })},
      {"quarantine", by(decode_quarantine, [](const auto& x) { return encode(x); })},
      {"predicate", by(decode_predicate, [](const auto& x) { return encode(x); })},
      {"feed-answer", by(decode_feed_answer, [](const auto& x) { return encode(x); })},
      {"feed-ack", by(decode_feed_ack, [](const auto& x) { return encode(x); })},
      {"feed-digest", by(decode_feed_digest, [](const auto& x) { return encode(x); })},
      {"answer", by(decode_answer, [](const auto& x) { return encode(x); })},
      {"feed-batch", by(decode_feed_batch, batch_again)},
      {"feed-entry", entry_again},
      {"incident-request", read_only(decode_incident_request)},
      {"issuer-request",
       by(decode_issuer_request, [](const auto& x) { return issuer_document(x.issuer); })},
      {"scope-request", read_only(decode_scope_request)},
      {"nil-return-request", read_only(decode_nil_return_request)},
      {"approve-request", read_only(decode_approve_request)},
      {"report-request", reports_again},
  };
  return entries;
}

std::string message_of(const std::string& name) {
  std::string_view best;
  for (const std::string_view schema : schema_names()) {
    if (name.starts_with(std::string(schema) + "-") && schema.size() > best.size()) best = schema;
  }
  return std::string(best);
}

}  // namespace

std::vector<Example> examples(std::string_view kind) {
  std::vector<Example> result;
  const auto folder = std::filesystem::path(CW_SOURCE_DIR) / "schemas" / "examples" / kind;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(file.path());
    const std::string name = file.path().stem();
    result.push_back({name,
                      message_of(name),
                      {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}});
  }
  std::sort(
      result.begin(), result.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return result;
}

Result<std::string> reencode(std::string_view message, std::string_view json) {
  const auto found = table().find(message);
  if (found == table().end()) return Error{Errc::kNotFound, std::string(message)};
  return found->second(json);
}

std::string canonical(std::string_view json) {
  auto document = JsonDocument::parse(json);
  return document ? document.value().root().canonical() : "not JSON: " + std::string(json);
}

}  // namespace cw::codec::test
