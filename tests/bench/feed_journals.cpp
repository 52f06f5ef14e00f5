#include "bench/feed_journals.hpp"

#include "issuer/journal.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwe.hpp"

#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

namespace cw::bench {
namespace {

constexpr std::uint64_t kJournalBytesMax = std::uint64_t{64} << 30U;

class Reader {
 public:
  Reader(std::string issuer,
         crypto::PrivateKey key,
         const WatchRecount& recount,
         std::int64_t from_ms)
      : issuer_(std::move(issuer)), key_(std::move(key)), recount_(recount), from_ms_(from_ms) {}

  [[nodiscard]] Status take(const issuer::JournalRecord& record) {
    const auto opened = crypto::jwe_decrypt(key_, record.body);
    if (!opened) return opened.error();
    const auto batch = codec::decode_feed_batch(opened.value().plaintext.reveal());
    if (!batch) return batch.error();
    const auto at = record.received_at.time_since_epoch().count();
    if (story_.batches == 0) story_.first_ms = at;
    story_.last_ms = std::max<std::int64_t>(story_.last_ms, at);
    ++story_.batches;
    story_.bytes += record.body.size();
    // What replaces a range says what is, not what has changed: it has no place in the order.
    if (batch.value().head.replaces) return Ok{};
    story_.entries += batch.value().entries.size();
    const bool known_id = !ids_.insert(std::string{record.id}).second;
    if (known_id) ++story_.same_id_twice;
    for (const auto& entry : batch.value().entries) take(entry, known_id, at);
    return Ok{};
  }

  [[nodiscard]] JournalStory story() && { return std::move(story_); }

 private:
  void take(const codec::FeedEntry& entry, bool known_id, std::int64_t at) {
    auto& newest = newest_[std::string{entry.pan.reveal()}];
    if (entry.seq < newest) ++story_.disorder;
    newest = std::max(newest, entry.seq);
    if (!seqs_.insert(entry.seq).second) {
      if (!known_id) ++story_.sent_again;
      return;
    }
    const auto written = recount_.written_ms(issuer_, entry.seq);
    if (written >= from_ms_) story_.delays_ms.push_back(static_cast<double>(at - written));
  }

  std::string issuer_;
  crypto::PrivateKey key_;
  const WatchRecount& recount_;
  std::int64_t from_ms_;
  JournalStory story_;
  std::unordered_set<std::string> ids_;
  std::unordered_set<std::uint64_t> seqs_;
  std::unordered_map<std::string, std::uint64_t> newest_;
};

}  // namespace

JournalStory read_journal(const std::string& path,
                          const std::string& keys,
                          const WatchRecount& recount,
                          std::int64_t from_ms) {
  const auto issuer = std::filesystem::path{path}.stem().string();
  auto key = or_give_up(crypto::PrivateKey::load(keys + "/" + issuer + ".key"), "issuer's key");
  Reader reader{issuer, std::move(key), recount, from_ms};
  or_give_up(issuer::Journal::open(
                 {.path = path, .bytes_max = kJournalBytesMax},
                 [&](const issuer::JournalRecord& record) { return reader.take(record); }),
             "journal");
  return std::move(reader).story();
}

}  // namespace cw::bench
