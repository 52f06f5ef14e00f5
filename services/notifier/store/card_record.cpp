#include "notifier/store/card_record.hpp"

#include "notifier/store/bytes.hpp"

namespace cw::notifier {
namespace {

enum Flag : std::uint8_t {
  kSetAside = 1U << 0U,
  kNameless = 1U << 1U,
  kHash = 1U << 2U,
  kBucket = 1U << 3U,
  kPast = 1U << 4U,
  kAnswer = 1U << 5U,
  kDoubtful = 1U << 6U,
};

enum PastFlag : std::uint8_t {
  kRemoval = 1U << 0U,
  kKept = 1U << 1U,
  kPastHash = 1U << 2U,
  kConfirmed = 1U << 3U,
};

std::uint8_t flag_if(bool set, std::uint8_t flag) {
  return set ? flag : std::uint8_t{0};
}

void put_hash(std::string& to, const crypto::Sha256Digest& hash) {
  to.append(reinterpret_cast<const char*>(hash.data()), hash.size());
}

void put_past(std::string& to, const std::vector<PastVersion>& past) {
  to.push_back(static_cast<char>(past.size()));
  for (const PastVersion& version : past) {
    put_number(to, version.seq);
    put_number(to,
               static_cast<std::uint8_t>(flag_if(version.removal, kRemoval) |
                                         flag_if(version.kept, kKept) |
                                         flag_if(version.confirmed, kConfirmed) |
                                         flag_if(version.hash.has_value(), kPastHash)));
    if (version.hash) put_hash(to, *version.hash);
  }
}

std::vector<PastVersion> take_past(ByteReader& from) {
  std::vector<PastVersion> past(from.number<std::uint8_t>());
  for (PastVersion& version : past) {
    version.seq = from.number<std::uint64_t>();
    const auto flags = from.number<std::uint8_t>();
    version.removal = (flags & kRemoval) != 0;
    version.kept = (flags & kKept) != 0;
    version.confirmed = (flags & kConfirmed) != 0;
    if ((flags & kPastHash) != 0) from.fill(version.hash.emplace());
  }
  return past;
}

}  // namespace

const PastVersion* CardRecord::fallback() const noexcept {
  for (auto version = past.rbegin(); version != past.rend(); ++version) {
    if (version->confirmed) return version->removal ? nullptr : &*version;
  }
  return nullptr;
}

const PastVersion* CardRecord::past_at(std::uint64_t at) const noexcept {
  for (auto version = past.rbegin(); version != past.rend(); ++version) {
    if (version->seq <= at) return version->removal ? nullptr : &*version;
  }
  return nullptr;
}

const crypto::Sha256Digest* CardRecord::counted() const noexcept {
  if (!bucket) return nullptr;
  if (!set_aside) return on_list() && hash ? &*hash : nullptr;
  const PastVersion* const held = fallback();
  return held != nullptr && held->hash ? &*held->hash : nullptr;
}

std::string encode(const CardRecord& record) {
  std::string bytes;
  put_number(bytes,
             static_cast<std::uint8_t>(
                 flag_if(record.set_aside, kSetAside) | flag_if(record.nameless, kNameless) |
                 flag_if(record.doubtful, kDoubtful) | flag_if(record.hash.has_value(), kHash) |
                 flag_if(record.bucket.has_value(), kBucket) |
                 flag_if(!record.past.empty(), kPast) | flag_if(!record.answer.empty(), kAnswer)));
  put_number(bytes, static_cast<std::uint8_t>(record.op));
  put_number(bytes, record.seq);
  if (record.hash) put_hash(bytes, *record.hash);
  if (record.bucket) put_number(bytes, *record.bucket);
  if (!record.past.empty()) put_past(bytes, record.past);
  if (!record.answer.empty()) {
    put_number(bytes, record.answered_at);
    put_text(bytes, record.answer);
  }
  return bytes;
}

std::optional<CardRecord> decode_card(std::string_view bytes) {
  ByteReader from{bytes};
  CardRecord record;
  const auto flags = from.number<std::uint8_t>();
  const auto op = from.number<std::uint8_t>();
  if (op > static_cast<std::uint8_t>(FeedOp::kDelt)) return std::nullopt;
  record.op = static_cast<FeedOp>(op);
  record.seq = from.number<std::uint64_t>();
  record.set_aside = (flags & kSetAside) != 0;
  record.nameless = (flags & kNameless) != 0;
  record.doubtful = (flags & kDoubtful) != 0;
  if ((flags & kHash) != 0) from.fill(record.hash.emplace());
  if ((flags & kBucket) != 0) record.bucket = from.number<std::uint8_t>();
  if ((flags & kPast) != 0) record.past = take_past(from);
  if ((flags & kAnswer) != 0) {
    record.answered_at = from.number<std::int64_t>();
    record.answer = from.text();
  }
  if (!from.good()) return std::nullopt;
  return record;
}

}  // namespace cw::notifier
