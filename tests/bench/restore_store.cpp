// restore_store FOLDER CARDS [ROUNDS]: how fast the matcher's mirror saves and loads one partition.
// Writes CARDS cards of about 120 bytes at once, changes a tenth of them ROUNDS times, and loads
// the result (from the page cache), with a plain scan of the store beside it.
#include "matcher/mirror/partition_mirror.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/resource.h>

namespace {

using cw::CardRef;
using cw::Instant;
using cw::Ok;
using cw::Status;
using cw::matcher::MirrorOptions;
using cw::matcher::PartitionMirror;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

CardRef card_of(std::uint64_t i) {
  CardRef card;
  const std::uint64_t halves[] = {mix(i * 2 + 1), mix(i * 2 + 2)};
  std::memcpy(card.bytes.data(), halves, sizeof halves);
  return card;
}

/// Half noise, half repeating, like ids and instants beside codes.
void fill_blob(std::string& blob, std::uint64_t i, std::uint64_t round) {
  blob.assign(110 + i % 21, '\x11');
  for (std::size_t at = 0; at + 16 <= blob.size(); at += 16) {
    const std::uint64_t noise = mix(i + at * 7919 + round * 104'729);
    std::memcpy(blob.data() + at, &noise, sizeof noise);
  }
}

class Image : public cw::matcher::StateImage {
 public:
  explicit Image(std::uint64_t cards) : cards_(cards) {}
  void changes(cw::matcher::StateSink& sink) override { give(sink, cards_ / 10); }
  void everything(cw::matcher::StateSink& sink) override {
    for (std::uint64_t i = 0; i < cards_; ++i) give_one(sink, i);
  }
  [[nodiscard]] std::size_t changed_cards() const override { return cards_ / 10; }

 private:
  void give(cw::matcher::StateSink& sink, std::uint64_t count) {
    ++round_;
    const std::uint64_t start = mix(round_);
    for (std::uint64_t i = 0; i < count; ++i) give_one(sink, (start + i * 7) % cards_);
  }
  void give_one(cw::matcher::StateSink& sink, std::uint64_t i) {
    fill_blob(blob_, i, round_);
    sink.card(card_of(i), blob_);
  }
  std::uint64_t cards_;
  std::uint64_t round_ = 0;
  std::string blob_;
};

class Counter : public cw::matcher::StateLoader {
 public:
  void expect(std::size_t count) override { expected = count; }
  bool load_symbol(std::uint32_t, std::string_view) override { return true; }
  bool load_control(std::uint32_t, std::string_view) override { return true; }
  bool load_card(const CardRef& card, std::string_view blob) override {
    ++cards;
    sum += std::uint64_t{card.bytes[0]} + static_cast<std::uint8_t>(blob.back());
    return true;
  }
  std::uint64_t expected = 0;
  std::uint64_t cards = 0;
  std::uint64_t sum = 0;
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// Runs `work` and prints what it cost for each of `count` items.
template <class Work>
bool timed(const char* what, std::uint64_t count, Work&& work) {
  const auto wall = std::chrono::steady_clock::now();
  const double processor = processor_seconds();
  const Status done = work();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  const double used = processor_seconds() - processor;
  const double items = static_cast<double>(count);
  std::printf("%-22s %10.0f cards %8.3f s %8.2f M/s  processor %6.0f ns/card%s%s\n",
              what,
              items,
              seconds,
              items / seconds / 1e6,
              used / items * 1e9,
              done ? "" : "  FAILED ",
              done ? "" : done.error().detail.c_str());
  return done.has_value();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::uint64_t cards = std::strtoull(argv[2], nullptr, 10);
  const std::uint64_t rounds = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 5;
  static_cast<void>(std::setvbuf(stdout, nullptr, _IOLBF, 0));
  const Instant now = cw::now();
  MirrorOptions options;
  options.folder = argv[1];
  options.partitions = 1;
  if (argc > 4 && std::string(argv[4]) == "plain") {
    options.store.compression = cw::store::Compression::kNone;
  }
  auto opened = PartitionMirror::open(options, now);
  if (!opened) return 1;
  Image image(cards);
  auto& mirror = *opened.value();
  bool good = timed("save everything", cards, [&] {
    return mirror.save_durably(image, {{"t", 1}}, now);
  });
  good = good && timed("save changes", cards / 10 * rounds, [&]() -> Status {
           for (std::uint64_t i = 0; i < rounds; ++i) {
             if (Status saved = mirror.save_durably(image, {{"t", 2}}, now); !saved) return saved;
           }
           return Ok{};
         });
  good = good && mirror.close().has_value();
  for (int run = 0; good && run < 5; ++run) {
    auto again = PartitionMirror::open(options, now);
    if (!again) return 1;
    Counter counter;
    good = timed("load", cards, [&] { return again.value()->load(counter); });
    if (run == 0) {
      std::printf("expected %llu, disk %.0f MiB\n",
                  static_cast<unsigned long long>(counter.expected),
                  static_cast<double>(again.value()->sizes().disk_bytes) / 1048576.0);
    }
    good = good && counter.cards == cards && again.value()->close().has_value();
  }
  return good ? 0 : 1;
}
