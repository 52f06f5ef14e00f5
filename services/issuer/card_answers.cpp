#include "issuer/card_answers.hpp"

#include <algorithm>

namespace cw::issuer {
namespace {

Error violation() {
  return {Errc::kSchemaViolation,
          "answers: per mille by status, 1000 in all at most, e.g. {\"REISSUED\": 20}"};
}

}  // namespace

std::optional<CardStatus> AnswerShares::status_of(std::uint64_t seq) const noexcept {
  std::uint64_t place = seq % kWhole;
  for (std::size_t i = 0; i < kStatuses.size(); ++i) {
    if (place < shares[i]) return kStatuses[i];
    place -= shares[i];
  }
  return std::nullopt;
}

bool AnswerShares::none() const noexcept {
  return std::all_of(shares.begin(), shares.end(), [](std::uint32_t share) { return share == 0; });
}

Result<AnswerShares> read_shares(const codec::JsonValue& value) {
  if (!value.is_object()) return violation();
  AnswerShares result;
  std::uint64_t sum = 0;
  for (const auto& [name, share] : value.members()) {
    const auto status = card_status_from(name);
    const auto number = share.unsigned_integer();
    const auto at = std::find(AnswerShares::kStatuses.begin(),
                              AnswerShares::kStatuses.end(),
                              status.value_or(CardStatus{}));
    if (!status || !number || *number > AnswerShares::kWhole) return violation();
    result.shares[static_cast<std::size_t>(at - AnswerShares::kStatuses.begin())] =
        static_cast<std::uint32_t>(*number);
    sum += *number;
  }
  if (sum > AnswerShares::kWhole) return violation();
  return result;
}

void write_shares(codec::JsonWriter& writer, std::string_view name, const AnswerShares& shares) {
  writer.begin_object(name);
  for (std::size_t i = 0; i < shares.shares.size(); ++i) {
    if (shares.shares[i] > 0) writer.number(text(AnswerShares::kStatuses[i]), shares.shares[i]);
  }
  writer.end_object();
}

void CardAnswers::add(const codec::FeedBatch& batch, const AnswerShares& shares, Instant in_force) {
  if (shares.none()) return;
  for (const codec::FeedEntry& entry : batch.entries) {
    if (entry.op == FeedOp::kDelt) continue;
    const auto status = shares.status_of(entry.seq);
    if (status) waiting_.push_back({.seq = entry.seq, .status = *status, .at = in_force});
  }
}

std::vector<CardAnswers::Card> CardAnswers::for_push(std::string_view id, Instant now) {
  if (id != last_id_) {
    last_id_ = id;
    last_ = take(now);
  }
  return last_;
}

const std::vector<CardAnswers::Card>& CardAnswers::for_ack(Instant now) {
  if (ack_.empty()) ack_ = take(now);
  return ack_;
}

std::vector<CardAnswers::Card> CardAnswers::take(Instant now) {
  std::vector<Card> due;
  while (!waiting_.empty() && due.size() < codec::FeedAnswer::kCardsMax) {
    if (waiting_.front().at > now) break;
    due.push_back(waiting_.front());
    waiting_.pop_front();
  }
  given_ += due.size();
  return due;
}

std::optional<Instant> CardAnswers::next() const {
  return waiting_.empty() ? std::nullopt : waiting_.front().at;
}

}  // namespace cw::issuer
