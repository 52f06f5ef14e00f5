#include "lib/kafka/background_flush.hpp"

namespace cw::kafka {

BackgroundFlush::BackgroundFlush(rd_kafka_t& client)
    : client_(client), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void BackgroundFlush::start() {
  {
    const std::lock_guard lock{mutex_};
    due_ = true;
    wanted_ = true;
  }
  started_.notify_one();
}

void BackgroundFlush::rest() {
  const std::lock_guard lock{mutex_};
  due_ = false;
  wanted_ = false;
}

void BackgroundFlush::run(const std::stop_token& stop) {
  constexpr int kStepMs = 5;
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      if (!started_.wait(lock, stop, [this] { return due_; })) return;
      due_ = false;
    }
    while (wanted_ && !stop.stop_requested() &&
           rd_kafka_flush(&client_, kStepMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    }
  }
}

}  // namespace cw::kafka
