#include "notifier/batch_builder.hpp"

#include "lib/base/hex.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/crypto/seal.hpp"
#include "lib/crypto/sha256.hpp"
#include "notifier/sealed_batch.hpp"

#include <map>
#include <optional>

namespace cw::notifier {
namespace {

constexpr std::size_t kIdHashBytes = 16;

/// Opens card numbers of several files, setting up each key once.
class Openers {
 public:
  explicit Openers(KeyRing& keys) : keys_(keys) {}

  /// Fails like KeyRing::find.
  [[nodiscard]] Result<crypto::Opener*> find(const std::string& key_id) {
    const auto known = openers_.find(key_id);
    if (known != openers_.end()) return &known->second;
    auto key = keys_.find(key_id);
    if (!key) return key.error();
    return &openers_.emplace(key_id, *key.value()).first->second;
  }

 private:
  KeyRing& keys_;
  std::map<std::string, crypto::Opener> openers_;
};

/// Opens an entry. `unsendable` tells errors of this entry alone from errors of its file's key,
/// which concern every entry of the file.
Result<BatchBuilder::Opened> open_entry(Openers& openers,
                                        const IssuerId& issuer,
                                        const PendingEntry& pending,
                                        bool& unsendable) {
  const HeldEntry& entry = pending.entry;
  unsendable = entry.sealed_pan.empty() || !entry.file_key;
  if (unsendable) return Error{Errc::kFieldMissing, "no sealed number to name the card by"};
  const auto opener = openers.find(*entry.file_key);
  if (!opener) return opener.error();
  const auto pan = opener.value()->open(entry.sealed_pan, pending.card);
  unsendable = !pan;
  if (unsendable) return pan.error();
  auto text = codec::canonical_entry(entry.seq, pan.value(), entry.change(issuer, pending.card));
  const std::uint64_t position = crypto::card_position(pan.value());
  DeliveredEntry noted{
      .card = pending.card, .seq = entry.seq, .bucket = crypto::bucket_of(position)};
  // A removal counts in no digest.
  if (entry.op != FeedOp::kDelt) noted.hash = crypto::sha256(text.reveal());
  return BatchBuilder::Opened{std::move(noted), position, std::move(text)};
}

void add_number(crypto::Sha256& hash, std::uint64_t number) {
  hash.update(std::to_string(number));
  hash.update("|");
}

std::string view(const crypto::Sha256Digest& digest) {
  return {digest.begin(), digest.end()};
}

std::string batch_id(const BatchTarget& target,
                     std::uint64_t through,
                     const std::vector<crypto::Sha256Digest>& entries) {
  crypto::Sha256 hash;
  hash.update(target.issuer.get());
  hash.update("|");
  add_number(hash, target.epoch);
  add_number(hash, target.after);
  add_number(hash, through);
  for (const crypto::Sha256Digest& entry : entries) hash.update(view(entry));
  const auto digest = hash.finish();
  return "b-" + to_hex(std::span{digest}.first(kIdHashBytes));
}

/// A batch before it is encrypted.
struct Draft {
  BuiltBatch batch = {};
  std::vector<Sensitive> texts = {};  ///< Canonical entries.
  std::vector<crypto::Sha256Digest> hashes = {};
  bool cut = false;  ///< It ends before the window does.
};

/// An error of the first entry's data key is the batch's; further back it ends the batch before.
Result<Draft> draft(KeyRing& keys, const BatchTarget& target, const IssuerFeed::Window& window) {
  Openers openers{keys};
  Draft draft{.batch = {.after = target.after, .through = target.after}};
  draft.texts.reserve(window.entries.size());
  std::size_t bytes = 0;
  for (const PendingEntry& pending : window.entries) {
    draft.cut = draft.texts.size() >= target.entries_max;
    if (draft.cut) break;
    bool unsendable = false;
    auto opened = open_entry(openers, target.issuer, pending, unsendable);
    if (opened) {
      auto& [entry, position, text] = opened.value();
      bytes += text.reveal().size() + 1;
      draft.cut = bytes > target.bytes_max && !draft.texts.empty();
      if (draft.cut) break;
      draft.hashes.push_back(entry.hash ? *entry.hash : crypto::sha256(text.reveal()));
      draft.batch.entries.push_back(std::move(entry));
      draft.texts.push_back(std::move(text));
    } else if (unsendable) {
      draft.batch.unsendable.push_back({pending.entry.seq, std::move(opened).error()});
    } else {
      draft.cut = !draft.texts.empty() || !draft.batch.unsendable.empty();
      if (!draft.cut) return std::move(opened).error();
      break;
    }
    draft.batch.through = pending.entry.seq;
  }
  return draft;
}

}  // namespace

Result<BuiltBatch> BatchBuilder::build(const BatchTarget& target,
                                       const IssuerFeed::Window& window,
                                       const crypto::PublicKey& to) const {
  auto drafted = draft(keys_, target, window);
  if (!drafted) return std::move(drafted).error();
  Draft& made = drafted.value();
  BuiltBatch& batch = made.batch;
  if (made.texts.empty()) return std::move(batch);

  batch.id = batch_id(target, batch.through, made.hashes);
  auto body = sealed_batch(to,
                           {.issuer = target.issuer,
                            .epoch = target.epoch,
                            .batch = batch.id,
                            .after = batch.after,
                            .through = batch.through,
                            .more = window.more || made.cut},
                           made.texts);
  if (!body) return std::move(body).error();
  batch.body = std::move(body).value();
  return std::move(batch);
}

Result<std::vector<BatchBuilder::Opened>> BatchBuilder::open(
    const IssuerId& issuer, std::span<const PendingEntry> entries) const {
  Openers openers{keys_};
  std::vector<Opened> all;
  all.reserve(entries.size());
  for (const PendingEntry& pending : entries) {
    bool unsendable = false;
    auto opened = open_entry(openers, issuer, pending, unsendable);
    if (opened) {
      all.push_back(std::move(opened).value());
    } else if (!unsendable) {
      if (opened.error().code == Errc::kNotFound) break;
      return std::move(opened).error();
    }
  }
  return all;
}

Result<std::vector<DeliveredEntry>> BatchBuilder::hash(
    const IssuerId& issuer, std::span<const PendingEntry> entries) const {
  Openers openers{keys_};
  std::vector<DeliveredEntry> hashes;
  hashes.reserve(entries.size());
  for (const PendingEntry& pending : entries) {
    bool unsendable = false;
    auto opened = open_entry(openers, issuer, pending, unsendable);
    if (opened) {
      hashes.push_back(std::move(opened.value().entry));
    } else if (unsendable) {
      hashes.push_back({.card = pending.card, .seq = pending.entry.seq});
    } else if (opened.error().code == Errc::kNotFound) {
      break;
    } else {
      return std::move(opened).error();
    }
  }
  return hashes;
}

}  // namespace cw::notifier
