#include "lib/http/detail/deadline.hpp"

namespace cw::http::detail {

struct Deadline::State {
  explicit State(TcpSocket& watched) : socket(&watched), timer(watched.get_executor()) {}

  TcpSocket* socket;  ///< Null once the Deadline is gone.
  boost::asio::steady_timer timer;
  unsigned generation = 0;  ///< A handler of an earlier arm() must do nothing.
  bool expired = false;
};

Deadline::Deadline(TcpSocket& socket) : state_(std::make_shared<State>(socket)) {}

Deadline::~Deadline() {
  disarm();
  state_->socket = nullptr;
}

void Deadline::arm(std::chrono::milliseconds limit) {
  ++state_->generation;
  state_->expired = false;
  state_->timer.expires_after(limit);
  wait(state_, state_->generation);
}

void Deadline::disarm() {
  ++state_->generation;
  state_->timer.cancel();
}

bool Deadline::expired() const {
  return state_->expired;
}

void Deadline::wait(const std::shared_ptr<State>& state, unsigned generation) {
  state->timer.async_wait([state, generation](boost::system::error_code ec) {
    if (ec || state->generation != generation || state->socket == nullptr) return;
    state->expired = true;
    boost::system::error_code ignored;
    state->socket->cancel(ignored);
    // A composed operation may be between two reads just now and start the next one after this
    // cancel; so cancel again until somebody disarms.
    constexpr auto kAgain = std::chrono::milliseconds{50};
    state->timer.expires_after(kAgain);
    wait(state, generation);
  });
}

}  // namespace cw::http::detail
