#include "matcher/mirror/partition_mirror.hpp"

#include "lib/base/assert.hpp"
#include "matcher/mirror/card_page.hpp"
#include "matcher/mirror/mirror_writer.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace cw::matcher {
namespace {

constexpr std::size_t kNumberedKeyBytes = 5;
/// The disk's threads do about as much again as the lane.
constexpr int kSaveRest = 40;

Error corrupt(std::string_view what) {
  return Error{Errc::kStoreCorrupt, "the saved state holds " + std::string(what)};
}

std::optional<std::uint32_t> number_of(std::string_view key) {
  if (key.size() != kNumberedKeyBytes) return std::nullopt;
  std::uint32_t number = 0;
  for (const char byte : key.substr(1)) number = (number << 8U) | static_cast<std::uint8_t>(byte);
  return number;
}

std::optional<std::size_t> page_number(std::string_view key) {
  if (key.size() != 3) return std::nullopt;
  return (std::size_t{static_cast<std::uint8_t>(key[1])} << 8U) |
         std::size_t{static_cast<std::uint8_t>(key[2])};
}

/// Scans numbered records into `take(number, value)`.
template <class Take>
Status load_numbered(const store::KeyValueStore& store,
                     std::string_view prefix,
                     std::string_view what,
                     Take&& take) {
  bool good = true;
  Status scanned = store.scan(prefix, [&](std::string_view key, std::string_view value) {
    const auto number = number_of(key);
    good = number && take(*number, value);
    return good;
  });
  if (!scanned || good) return scanned;
  return corrupt(what);
}

/// Hands one page to `loader`. False if it is not a page, or the loader refuses a card.
bool load_page(std::string_view page, StateLoader& loader) {
  CardRef card;
  while (!page.empty()) {
    const auto record = take_record(page);
    if (!record) return false;
    if (!record->blob) continue;
    std::memcpy(card.bytes.data(), record->ref.data(), card.bytes.size());
    if (!loader.load_card(card, *record->blob)) return false;
  }
  return true;
}

}  // namespace

std::string_view name(MirrorFound found) noexcept {
  switch (found) {
    case MirrorFound::kFresh:
      return "fresh";
    case MirrorFound::kUsable:
      return "usable";
    case MirrorFound::kRefusedFormat:
      return "refused_format";
    case MirrorFound::kRefusedRules:
      return "refused_rules";
    case MirrorFound::kRefusedOrigin:
      return "refused_origin";
    case MirrorFound::kRefusedFuture:
      return "refused_future";
    case MirrorFound::kRefusedUnfinished:
      return "refused_unfinished";
    case MirrorFound::kRefusedCorrupt:
      return "refused_corrupt";
  }
  return "unknown";
}

Result<std::unique_ptr<PartitionMirror>> PartitionMirror::open(MirrorOptions options, Instant now) {
  options.store.merger = std::make_shared<CardPageMerger>();
  std::unique_ptr<PartitionMirror> mirror(new PartitionMirror(std::move(options)));
  Status examined = mirror->open_store();
  if (examined) examined = mirror->examine(now);
  if (!examined && examined.error().code == Errc::kStoreCorrupt) {
    mirror->found_ = MirrorFound::kRefusedCorrupt;
    mirror->found_detail_ = examined.error().detail;
    examined = Ok{};
  }
  if (!examined) return std::move(examined).error();
  const bool refused =
      mirror->found_ != MirrorFound::kFresh && mirror->found_ != MirrorFound::kUsable;
  if (refused) {
    if (Status emptied = mirror->reset(); !emptied) return std::move(emptied).error();
  }
  return mirror;
}

Status PartitionMirror::open_store() {
  auto opened = store::KeyValueStore::open(options_.folder, options_.store);
  if (!opened) return std::move(opened).error();
  store_ = std::move(opened).value();
  return Ok{};
}

Status PartitionMirror::examine(Instant now) {
  const auto bytes = store_->get(kMetaKey);
  if (!bytes) return bytes.error();
  if (!bytes.value()) return Ok{};
  auto meta = decode_meta(*bytes.value());
  if (!meta) {
    found_ = MirrorFound::kRefusedFormat;
    found_detail_ = "the meta record has another layout";
    return Ok{};
  }
  found_ = judge(*meta, now);
  if (found_ != MirrorFound::kUsable) return Ok{};
  meta_ = std::move(*meta);
  everything_ = false;
  content_ = true;
  return Ok{};
}

MirrorFound PartitionMirror::judge(const MirrorMeta& meta, Instant now) {
  const auto differs = [this](std::string_view what, auto saved, auto wanted) {
    found_detail_ = "saved under " + std::string(what) + " " + std::to_string(saved) +
                    ", this process has " + std::to_string(wanted);
  };
  if (meta.format != options_.format) {
    differs("format", meta.format, options_.format);
    return MirrorFound::kRefusedFormat;
  }
  if (meta.rules != options_.rules) {
    differs("rules", meta.rules, options_.rules);
    return MirrorFound::kRefusedRules;
  }
  if (meta.partitions != options_.partitions) {
    differs("a number of partitions of", meta.partitions, options_.partitions);
    return MirrorFound::kRefusedOrigin;
  }
  if (meta.origin != options_.origin) {
    found_detail_ = "saved for " + meta.origin + ", this is " + options_.origin;
    return MirrorFound::kRefusedOrigin;
  }
  if (meta.saved_at > now + options_.future_tolerance) {
    found_detail_ = "saved at " + format_instant(meta.saved_at) + ", now is " + format_instant(now);
    return MirrorFound::kRefusedFuture;
  }
  if (meta.unfinished) {
    found_detail_ = "a save of several batches did not end";
    return MirrorFound::kRefusedUnfinished;
  }
  return MirrorFound::kUsable;
}

Status PartitionMirror::load(StateLoader& loader) {
  CW_ASSERT(!everything_);
  Status loaded = load_all(loader);
  if (!loaded && loaded.error().code == Errc::kStoreCorrupt) {
    if (Status emptied = reset(); !emptied) return emptied;
  }
  return loaded;
}

Status PartitionMirror::load_all(StateLoader& loader) {
  loader.expect(estimate_cards());
  std::uint32_t next = 0;
  Status status = load_numbered(*store_,
                                kSymbolPrefix,
                                "symbols that do not fit",
                                [&](std::uint32_t id, std::string_view text) {
                                  return id == next++ && loader.load_symbol(id, text);
                                });
  if (!status) return status;
  status = load_numbered(*store_,
                         kControlPrefix,
                         "control records that do not fit",
                         [&](std::uint32_t number, std::string_view json) {
                           return loader.load_control(number, json);
                         });
  return status ? load_cards(loader) : status;
}

Status PartitionMirror::load_cards(StateLoader& loader) {
  bool good = true;
  Status scanned = store_->scan(kCardPrefix, [&](std::string_view, std::string_view page) {
    good = load_page(page, loader);
    return good;
  });
  if (!scanned || good) return scanned;
  return corrupt("cards that do not fit");
}

/// From the first pages: references are spread evenly.
std::size_t PartitionMirror::estimate_cards() const {
  constexpr std::size_t kSample = 64;
  std::size_t cards = 0;
  std::size_t pages = 0;
  std::size_t reached = kCardPages;  // Page numbers below this were looked at.
  static_cast<void>(store_->scan(kCardPrefix, [&](std::string_view key, std::string_view page) {
    while (take_record(page)) ++cards;
    if (++pages < kSample) return true;
    reached = page_number(key).value_or(kCardPages - 1) + 1;
    return false;
  }));
  return cards * kCardPages / reached;
}

Status PartitionMirror::reset() {
  store_.reset();
  meta_ = MirrorMeta{};
  everything_ = true;
  content_ = false;
  if (Status gone = store::KeyValueStore::destroy(options_.folder); !gone) return gone;
  return open_store();
}

bool PartitionMirror::due(std::size_t changed_cards, Steady::time_point at) const {
  if (at - saved_ < kSaveRest * save_time_) return false;
  if (at - saved_ < options_.save_interval && changed_cards < options_.save_cards) return false;
  return store_ == nullptr || !store_->busy();
}

Status PartitionMirror::save(StateImage& image, StatePositions positions, Instant now) {
  const auto began = Steady::now();
  Status saved = write(image, std::move(positions), now);
  saved_ = Steady::now();
  save_time_ = saved_ - began;
  return saved;
}

Status PartitionMirror::write(StateImage& image, StatePositions positions, Instant now) {
  if (store_ != nullptr) {
    if (Status health = store_->health(); !health) return health;
  }
  const bool whole = everything_;
  if (whole && (store_ == nullptr || content_)) {
    if (Status emptied = reset(); !emptied) return emptied;
  }
  meta_ = {options_.format,
           options_.rules,
           options_.partitions,
           options_.origin,
           now,
           false,
           std::move(positions)};
  // Until the write has succeeded: the image forgets changes when it hands them over.
  everything_ = true;
  content_ = true;
  MirrorWriter writer(*store_, meta_, options_.batch_bytes);
  whole ? image.everything(writer) : image.changes(writer);
  if (Status written = writer.finish(); !written) return written;
  everything_ = false;
  return store_->flush_later();
}

Status PartitionMirror::save_durably(StateImage& image, StatePositions positions, Instant now) {
  if (Status saved = save(image, std::move(positions), now); !saved) return saved;
  return store_->flush();
}

Status PartitionMirror::close() {
  if (store_ == nullptr) return Ok{};
  Status closed = store_->close();
  store_.reset();
  return closed;
}

}  // namespace cw::matcher
