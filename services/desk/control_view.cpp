#include "desk/control_view.hpp"

namespace cw::desk {

std::shared_ptr<const Control> ControlView::snapshot() const {
  const std::lock_guard lock{mutex_};
  return current_;
}

void ControlView::apply(const std::vector<ControlRecord>& records, std::int64_t next_offset) {
  auto next = std::make_shared<Control>(*snapshot());
  for (const auto& record : records) next->apply(record);
  {
    const std::lock_guard lock{mutex_};
    current_ = std::move(next);
    next_offset_ = next_offset;
  }
  changed_.notify_all();
}

std::int64_t ControlView::next_offset() const {
  const std::lock_guard lock{mutex_};
  return next_offset_;
}

bool ControlView::wait_until(const std::function<bool(const Control&)>& seen,
                             std::chrono::milliseconds wait) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, wait, [&] { return seen(*current_); });
}

}  // namespace cw::desk
