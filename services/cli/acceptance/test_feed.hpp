#pragma once

#include "lib/base/sensitive.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/watch.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cw::cli {

/// What is said of one test card, under one seq.
struct TestEntry {
  std::uint64_t seq = 0;
  std::uint64_t card = 0;  ///< Number of the test card, from 0.
  FeedOp op = FeedOp::kAddd;
  WatchLevel level = WatchLevel::kInFile;
  bool unknown_member = false;  ///< With a member that version 1 does not have.
};

/// Where a card stands among all: the first 8 bytes of SHA-256 of its number, in hex.
using Position = std::string;
inline constexpr std::string_view kFirstPosition = "0000000000000000";
inline constexpr std::string_view kLastPosition = "ffffffffffffffff";

/// A batch to be, before it is written down.
struct TestBatch {
  std::uint32_t epoch = 0;
  std::uint64_t after = 0;
  std::uint64_t through = 0;
  bool more = false;
  std::vector<TestEntry> entries = {};
  /// Further members of the batch as JSON, each with a comma before it.
  std::string members = {};
};

/// The sender's side of a feed over invented cards, and so what a right receiver holds after each
/// batch. THREAD: not safe.
class TestFeed {
 public:
  /// Digits of a card number: how many of them are the range that is never issued.
  static constexpr std::size_t kCardDigits = 16;
  static constexpr std::size_t kPrefixMax = 10;

  /// `prefix`: the first 6 to kPrefixMax digits of every card.
  TestFeed(std::string issuer, std::string prefix, std::uint32_t epoch);

  [[nodiscard]] const std::string& issuer() const noexcept { return issuer_; }
  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }
  [[nodiscard]] std::uint64_t through() const noexcept { return through_; }
  [[nodiscard]] std::size_t size() const noexcept { return held_.size(); }

  /// The clear text of a batch for `issuer`; each entry in canonical form.
  [[nodiscard]] Sensitive text(const TestBatch& batch,
                               std::string_view id,
                               std::string_view issuer) const;

  /// A right receiver has taken these.
  void apply(const std::vector<TestEntry>& entries);
  void advance(std::uint64_t through) { through_ = through; }
  /// Everything is forgotten, another epoch begins at `through`.
  void begin_epoch(std::uint32_t epoch, std::uint64_t through);

  /// What is held of the positions in [from, through], by rising seq.
  [[nodiscard]] std::vector<TestEntry> held(std::string_view from, std::string_view through) const;

  using Buckets = std::map<std::string, crypto::FeedDigest>;
  /// By the first byte of the position, in hex; only those that hold something.
  [[nodiscard]] Buckets buckets() const;

  [[nodiscard]] Position position(std::uint64_t card) const;

 private:
  [[nodiscard]] Pan number_of(std::uint64_t card) const;
  [[nodiscard]] Sensitive entry_text(const TestEntry& entry) const;

  std::string issuer_;
  std::string prefix_;
  std::uint32_t epoch_;
  std::uint64_t through_ = 0;
  std::map<Position, TestEntry> held_;
};

/// The member `digest` of a verification batch, with a comma before it.
[[nodiscard]] std::string digest_member(std::uint64_t through, const TestFeed::Buckets& buckets);

}  // namespace cw::cli
