#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/feed_answer.hpp"
#include "lib/domain/answer.hpp"
#include "lib/http/task.hpp"
#include "lib/kafka/producer.hpp"
#include "lib/telemetry/registry.hpp"
#include "notifier/issuer_feed.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace cw::notifier {

/// Where issuers' answers about their cards are kept.
class AnswerLog {
 public:
  virtual ~AnswerLog() = default;

  /// Ok once all are safe there. Fails like kafka::Producer; some may be there all the same.
  [[nodiscard]] virtual http::Task<Status> write(std::vector<IssuerAnswer> answers) = 0;
};

/// answers.v1. THREAD: safe.
class KafkaAnswerLog final : public AnswerLog {
 public:
  KafkaAnswerLog(std::shared_ptr<kafka::Producer> producer, std::string topic)
      : producer_(std::move(producer)), topic_(std::move(topic)) {}

  [[nodiscard]] http::Task<Status> write(std::vector<IssuerAnswer> answers) override;

 private:
  std::shared_ptr<kafka::Producer> producer_;
  std::string topic_;
};

/// What an issuer says of its cards: resolves the entry that it names to the card, notes it for the
/// coverage, and hands it on. An answer to an entry that this feed never had is passed over.
/// THREAD: safe.
class CardAnswers {
 public:
  CardAnswers(AnswerLog& log, telemetry::Registry& metrics);

  struct Taken {
    std::size_t cards = 0;
    std::size_t unknown = 0;  ///< Named no entry of this feed.
  };
  /// Ok once all are safe in the log. Fails like AnswerLog::write; taking them again does no harm.
  [[nodiscard]] http::Task<Result<Taken>> take(std::shared_ptr<IssuerFeed> feed,
                                               std::vector<codec::FeedAnswer::Card> cards);

 private:
  using Cards = std::vector<codec::FeedAnswer::Card>;

  [[nodiscard]] std::vector<IssuerAnswer> resolve(IssuerFeed& feed, const Cards& cards) const;

  AnswerLog& log_;
  telemetry::Family<telemetry::Counter> taken_;
  telemetry::Family<telemetry::Counter> unknown_;
};

}  // namespace cw::notifier
