#include "notifier/answers.hpp"

#include "lib/base/time.hpp"
#include "lib/codec/answer_codec.hpp"
#include "notifier/one_shot.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;

}  // namespace

http::Task<Status> KafkaAnswerLog::write(std::vector<IssuerAnswer> answers) {
  const auto here = co_await asio::this_coro::executor;
  const OneShot<Status> done(here);
  const auto group =
      std::make_shared<kafka::AckGroup>([done](Status status) { done.set(std::move(status)); });
  for (const IssuerAnswer& answer : answers) {
    const kafka::OutRecord record{
        .topic = topic_, .key = answer.card.hex(), .value = codec::encode(answer)};
    if (auto accepted = producer_->produce(record, group); !accepted) {
      done.set(std::move(accepted));
      break;
    }
  }
  group->seal();
  auto status = co_await done.wait();
  co_return status;
}

CardAnswers::CardAnswers(AnswerLog& log, telemetry::Registry& metrics)
    : log_(log),
      taken_(metrics.counters({"cardwatch_notifier_card_answers_total",
                               "What issuers said of their cards, by status.",
                               {"issuer", "status"}})),
      unknown_(metrics.counters({"cardwatch_notifier_card_answers_unknown_total",
                                 "Answers to entries that were never in the issuer's feed.",
                                 {"issuer"}})) {}

http::Task<Result<CardAnswers::Taken>> CardAnswers::take(std::shared_ptr<IssuerFeed> feed,
                                                         Cards cards) {
  auto answers = resolve(*feed, cards);
  Taken taken{.cards = answers.size(), .unknown = cards.size() - answers.size()};
  if (answers.empty()) co_return taken;
  const auto written = co_await log_.write(std::move(answers));
  if (!written) co_return written.error();
  co_return taken;
}

std::vector<IssuerAnswer> CardAnswers::resolve(IssuerFeed& feed, const Cards& cards) const {
  const Instant received = now();
  std::vector<IssuerAnswer> answers;
  answers.reserve(cards.size());
  for (const codec::FeedAnswer::Card& card : cards) {
    const auto found = feed.set_answer(card.seq, text(card.status), received);
    if (!found) continue;
    taken_.with({feed.issuer().get(), std::string{text(card.status)}}).add();
    answers.push_back({.issuer = feed.issuer(),
                       .card = *found,
                       .seq = card.seq,
                       .status = card.status,
                       .answered_at = card.at,
                       .received_at = received});
  }
  const std::size_t unknown = cards.size() - answers.size();
  if (unknown > 0) unknown_.with({feed.issuer().get()}).add(static_cast<double>(unknown));
  return answers;
}

}  // namespace cw::notifier
