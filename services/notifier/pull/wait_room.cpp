#include "notifier/pull/wait_room.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;

}  // namespace

/// One seat. Its timer and flag belong to the waiting coroutine's strand.
struct WaitRoom::Place {
  Place(IssuerId of, const asio::any_io_executor& strand) : issuer(std::move(of)), timer(strand) {}

  static void wake(const std::shared_ptr<Place>& place) {
    asio::post(place->timer.get_executor(), [place] {
      place->woken = true;
      place->timer.cancel();
    });
  }

  const IssuerId issuer;
  asio::steady_timer timer;
  bool woken = false;
};

struct WaitRoom::Room {
  explicit Room(Limits bounds) : limits(bounds) {}

  const Limits limits;
  mutable std::mutex mutex;
  bool stopping = false;
  std::size_t taken = 0;
  std::map<IssuerId, std::vector<std::shared_ptr<Place>>> places;
};

WaitRoom::WaitRoom(Limits limits) : room_(std::make_shared<Room>(limits)) {}

Result<std::unique_ptr<WaitRoom::Seat>> WaitRoom::enter(const IssuerId& issuer,
                                                        const asio::any_io_executor& strand) {
  auto place = std::make_shared<Place>(issuer, strand);
  const std::lock_guard lock{room_->mutex};
  place->woken = room_->stopping;
  auto& places = room_->places[issuer];
  if (places.size() >= room_->limits.per_issuer) {
    return Error{Errc::kLimitReached, "too many requests of this issuer are waiting"};
  }
  if (room_->taken >= room_->limits.in_all) {
    return Error{Errc::kLimitReached, "too many requests are waiting"};
  }
  places.push_back(place);
  ++room_->taken;
  return std::make_unique<Seat>(room_, std::move(place));
}

void WaitRoom::wake(const IssuerId& issuer) {
  const std::lock_guard lock{room_->mutex};
  const auto found = room_->places.find(issuer);
  if (found == room_->places.end()) return;
  for (const auto& place : found->second) Place::wake(place);
}

void WaitRoom::stop() {
  const std::lock_guard lock{room_->mutex};
  room_->stopping = true;
  for (const auto& [issuer, places] : room_->places) {
    for (const auto& place : places) Place::wake(place);
  }
}

bool WaitRoom::stopping() const {
  const std::lock_guard lock{room_->mutex};
  return room_->stopping;
}

WaitRoom::Seat::Seat(std::shared_ptr<Room> room, std::shared_ptr<Place> place)
    : room_(std::move(room)), place_(std::move(place)) {}

WaitRoom::Seat::~Seat() {
  const std::lock_guard lock{room_->mutex};
  const auto found = room_->places.find(place_->issuer);
  std::erase(found->second, place_);
  if (found->second.empty()) room_->places.erase(found);
  --room_->taken;
}

http::Task<void> WaitRoom::Seat::wait(std::chrono::steady_clock::time_point until) {
  const auto place = place_;
  if (!place->woken) {
    place->timer.expires_at(until);
    co_await place->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  place->woken = false;
}

}  // namespace cw::notifier
