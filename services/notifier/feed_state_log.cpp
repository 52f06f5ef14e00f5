#include "notifier/feed_state_log.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;

/// Hands the record to the producer and, through `executor`, its fate to `handler`.
template <class Handler>
void produce(kafka::Producer& producer,
             const kafka::OutRecord& record,
             const asio::any_io_executor& executor,
             Handler handler) {
  auto shared = std::make_shared<Handler>(std::move(handler));
  const auto finish = [shared, executor](Status status) {
    asio::post(executor, [shared, status = std::move(status)] { (*shared)(status); });
  };
  const auto group = std::make_shared<kafka::AckGroup>(finish);
  if (auto accepted = producer.produce(record, group); !accepted) {
    finish(std::move(accepted));
    return;
  }
  group->seal();
}

}  // namespace

http::Task<Status> KafkaFeedStateLog::save(codec::FeedState state) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto record = this->record(state);
  auto initiate = [this, &record, &executor](auto handler) {
    produce(*producer_, record, executor, std::move(handler));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Status)>(
      std::move(initiate), asio::use_awaitable);
}

void KafkaFeedStateLog::publish(const codec::FeedState& state) {
  // A full queue means that saves fail too, and those are seen.
  static_cast<void>(producer_->produce(record(state), nullptr));
}

kafka::OutRecord KafkaFeedStateLog::record(const codec::FeedState& state) const {
  return {.topic = topic_, .key = state.issuer.get(), .value = codec::encode(state)};
}

Status FeedStateBook::apply(std::string_view value) {
  auto state = codec::decode_feed_state(value);
  if (!state) return std::move(state).error();
  const std::lock_guard lock{mutex_};
  const IssuerId issuer = state.value().issuer;
  states_.insert_or_assign(issuer, std::move(state).value());
  return Ok{};
}

std::optional<codec::FeedState> FeedStateBook::find(const IssuerId& issuer) const {
  const std::lock_guard lock{mutex_};
  const auto found = states_.find(issuer);
  if (found == states_.end()) return std::nullopt;
  return found->second;
}

}  // namespace cw::notifier
