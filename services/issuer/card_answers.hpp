#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/codec/json_writer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::issuer {

/// Which answers an issuer gives about its cards: so many of a thousand seqs in a row each. The
/// same seq always has the same answer, so that a test can tell what must come of it.
struct AnswerShares {
  static constexpr std::uint32_t kWhole = 1000;
  /// In this order, from seq % kWhole == 0 on.
  static constexpr std::array kStatuses{CardStatus::kBlocked,
                                        CardStatus::kReissued,
                                        CardStatus::kClosed,
                                        CardStatus::kUnknownCard,
                                        CardStatus::kNotOurs,
                                        CardStatus::kMonitored};

  std::array<std::uint32_t, kStatuses.size()> shares{};

  [[nodiscard]] std::optional<CardStatus> status_of(std::uint64_t seq) const noexcept;
  [[nodiscard]] bool none() const noexcept;

  friend bool operator==(const AnswerShares&, const AnswerShares&) = default;
};

/// {"REISSUED": 20, "MONITORED": 980}; at most 1000 in all. Fails with kSchemaViolation.
[[nodiscard]] Result<AnswerShares> read_shares(const codec::JsonValue& value);
void write_shares(codec::JsonWriter& writer, std::string_view name, const AnswerShares& shares);

/// The answers that are due, in the order of their cards. They live in memory only: what was not
/// told before a restart is not told. THREAD: not safe.
class CardAnswers {
 public:
  using Card = codec::FeedAnswer::Card;

  /// Answers about the entries of a batch, for when they are in force.
  void add(const codec::FeedBatch& batch, const AnswerShares& shares, Instant in_force);

  /// For the answer to the push `id`: what is due, at most kCardsMax. The same id gets the same
  /// ones again, since its answer may have been lost.
  [[nodiscard]] std::vector<Card> for_push(std::string_view id, Instant now);
  /// For an acknowledgement; the same ones again until acknowledged().
  [[nodiscard]] const std::vector<Card>& for_ack(Instant now);
  void acknowledged() { ack_.clear(); }

  /// Answers given, repeated ones not counted.
  [[nodiscard]] std::uint64_t given() const noexcept { return given_; }
  /// When the next one is due.
  [[nodiscard]] std::optional<Instant> next() const;

 private:
  [[nodiscard]] std::vector<Card> take(Instant now);

  std::deque<Card> waiting_;  ///< By rising `at`.
  std::string last_id_;
  std::vector<Card> last_;
  std::vector<Card> ack_;
  std::uint64_t given_ = 0;
};

}  // namespace cw::issuer
