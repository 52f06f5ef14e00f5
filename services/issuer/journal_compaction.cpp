#include "issuer/journal_compaction.hpp"

#include "lib/base/descriptor.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwe.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fcntl.h>
#include <limits>
#include <unistd.h>
#include <utility>

namespace cw::issuer {
namespace {

constexpr std::size_t kPieceEntries = 1000;
constexpr std::size_t kPieceBytes = 1U << 20U;

class Compaction {
 public:
  explicit Compaction(const CompactionPlan& plan)
      : plan_(plan),
        receiver_(plan.issuer, plan.keys, {}),
        long_(::open(plan.journal.c_str(), O_RDONLY | O_CLOEXEC)) {}

  Result<Compacted> run();

 private:
  /// Entries on their way into a record.
  struct Piece {
    struct Entry {
      std::uint64_t seq = 0;
      Sensitive text;
    };
    std::vector<Entry> entries;
    std::size_t bytes = 0;
    bool replaced = false;

    [[nodiscard]] bool full() const {
      return entries.size() >= kPieceEntries || bytes >= kPieceBytes;
    }
  };

  Status read_state();
  Status write_list(Journal& out);
  Status pick(const JournalRecord& record, Journal& out);
  Status write_piece(Journal& out, Piece& piece, bool more);
  Status append(Journal& out, std::string_view id, std::string_view body);
  [[nodiscard]] Status go_on() const;

  const CompactionPlan& plan_;
  FeedReceiver receiver_;  ///< Reaches the state at the end of `part_`; then it is emptied.
  Descriptor long_;
  JournalPart part_;
  Instant last_at_ = {};
  std::uint64_t items_before_ = 0;
  std::uint64_t items_ = 0;
  std::uint32_t epoch_ = 0;
  std::uint64_t through_ = 0;
  std::array<Piece, 2> pieces_ = {};  ///< The second of entries that came in replacing batches.
};

Status Compaction::go_on() const {
  if (!plan_.stopping || !plan_.stopping()) return Ok{};
  return Error{Errc::kCancelled, "this process ends"};
}

Status Compaction::read_state() {
  auto part =
      scan_journal(long_.get(), plan_.bytes, [this](const JournalRecord& record) -> Result<bool> {
        if (const auto status = go_on(); !status) return status.error();
        if (record.received_at > plan_.received_by) return false;
        const auto entries = receiver_.replay(record.id, record.body);
        if (!entries) return entries.error();
        items_before_ += entries.value() + 1;
        last_at_ = record.received_at;
        return true;
      });
  if (!part) return std::move(part).error();
  part_ = part.value();
  const CardBook& cards = receiver_.cards();
  if (cards.epoch() == 0) return Error{Errc::kConflict, "nothing is held yet"};
  if (!cards.settled()) return Error{Errc::kConflict, "a snapshot is under way"};
  epoch_ = cards.epoch();
  through_ = cards.through();
  return Ok{};
}

Status Compaction::append(Journal& out, std::string_view id, std::string_view body) {
  ++items_;
  return out.append({.id = id, .received_at = last_at_, .body = body});
}

Status Compaction::write_piece(Journal& out, Piece& piece, bool more) {
  std::sort(piece.entries.begin(), piece.entries.end(), [](const auto& left, const auto& right) {
    return left.seq < right.seq;
  });
  codec::FeedBatchHead head{.issuer = plan_.issuer,
                            .epoch = epoch_,
                            .batch = "list-" + std::to_string(items_),
                            .through = through_,
                            .more = more};
  if (piece.replaced) head.replaces = {0, std::numeric_limits<std::uint64_t>::max()};
  std::vector<Sensitive> texts;
  texts.reserve(piece.entries.size());
  for (Piece::Entry& entry : piece.entries) texts.push_back(std::move(entry.text));
  const auto body = crypto::jwe_encrypt(plan_.keys.encryption.front().public_key(),
                                        codec::feed_batch(head, texts).reveal());
  if (!body) return body.error();
  items_ += texts.size();
  piece.entries.clear();
  piece.bytes = 0;
  return append(out, kCompactedList, body.value());
}

Status Compaction::pick(const JournalRecord& record, Journal& out) {
  if (record.id == kCompactedIds) return Ok{};
  auto batch = receiver_.read(record.body);
  if (!batch) return std::move(batch).error();
  for (codec::FeedEntry& entry : batch.value().entries) {
    const auto replaced = receiver_.cards().take_out(entry);
    if (!replaced) continue;
    Piece& piece = pieces_.at(*replaced ? 1 : 0);
    piece.bytes += entry.canonical.reveal().size();
    piece.entries.push_back({.seq = entry.seq, .text = std::move(entry.canonical)});
    if (!piece.full()) continue;
    const auto written = write_piece(out, piece, /*more=*/true);
    if (!written) return written;
  }
  return Ok{};
}

Status Compaction::write_list(Journal& out) {
  std::string ids;
  for (const std::string& id : receiver_.ids()) ids.append(id).append("\n");
  auto status = append(out, kCompactedIds, ids);
  if (!status) return status;
  pieces_[1].replaced = true;
  const auto picked =
      scan_journal(long_.get(), part_.end, [&](const JournalRecord& record) -> Result<bool> {
        if (auto stopped = go_on(); !stopped) return stopped.error();
        if (auto done = pick(record, out); !done) return done.error();
        return true;
      });
  if (!picked) return picked.error();
  if (receiver_.cards().size() > 0) {
    return Error{Errc::kInternal, "cards are held that are in no record"};
  }
  status = write_piece(out, pieces_[1], /*more=*/true);
  if (!status) return status;
  return write_piece(out, pieces_[0], /*more=*/false);
}

Result<Compacted> Compaction::run() {
  if (long_.get() < 0) return Error{Errc::kFileRead, "cannot be read"};
  if (plan_.keys.encryption.empty()) return Error{Errc::kKeyInvalid, "no key to encrypt to"};
  if (const auto status = read_state(); !status) return status.error();
  const std::string path = compaction_path(plan_.journal);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Error{Errc::kFileWrite, path + ": what a crash left cannot be removed"};
  }
  auto out = Journal::open(
      {.path = path, .bytes_max = std::numeric_limits<std::uint64_t>::max(), .sync = false},
      [](const JournalRecord&) -> Status { return Ok{}; });
  if (!out) return out.error();
  if (const auto status = write_list(out.value()); !status) return status.error();
  // Here, where nobody waits for it.
  if (const auto status = out.value().sync(); !status) return status.error();
  return Compacted{.journal = std::move(out).value(),
                   .part = part_,
                   .items_before = items_before_,
                   .items = items_};
}

}  // namespace

std::vector<std::string_view> split_ids(std::string_view body) {
  std::vector<std::string_view> ids;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    if (end > 0) ids.push_back(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return ids;
}

std::string compaction_path(const std::string& journal) {
  return journal + ".new";
}

Result<Compacted> compact(const CompactionPlan& plan) {
  auto done = Compaction(plan).run();
  if (done) return done;
  if (done.error().code != Errc::kConflict) ::unlink(compaction_path(plan.journal).c_str());
  const bool named = done.error().detail.find(plan.journal) != std::string::npos;
  if (named) return done;
  return Error{done.error().code,
               "compaction of journal " + plan.journal + ": " + done.error().detail};
}

}  // namespace cw::issuer
