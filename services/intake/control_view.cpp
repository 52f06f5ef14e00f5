#include "intake/control_view.hpp"

namespace cw::intake {

std::shared_ptr<const Control> ControlView::snapshot() const {
  const std::lock_guard lock{mutex_};
  return current_;
}

void ControlView::apply(const std::vector<ControlRecord>& records) {
  // Writers take turns outside of the readers' lock: the copy may take a while.
  const std::lock_guard turn{writers_};
  auto next = std::make_shared<Control>(*snapshot());
  bool changed = false;
  for (const auto& record : records) {
    changed = next->apply(record) || std::holds_alternative<NilReturn>(record) || changed;
  }
  if (!changed) return;
  const std::lock_guard lock{mutex_};
  current_ = std::move(next);
}

}  // namespace cw::intake
