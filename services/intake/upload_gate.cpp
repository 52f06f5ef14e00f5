#include "intake/upload_gate.hpp"

#include <utility>

namespace cw::intake {

UploadGate::Pass::Pass(std::shared_ptr<State> state, std::string name)
    : state_(std::move(state)), name_(std::move(name)) {}

UploadGate::Pass::~Pass() {
  if (!state_) return;
  const std::lock_guard lock{state_->mutex};
  --state_->uploads;
  state_->names.erase(name_);
}

Result<UploadGate::Pass> UploadGate::enter(const std::string& name) {
  const std::lock_guard lock{state_->mutex};
  if (state_->uploads >= state_->uploads_max) {
    return Error{
        Errc::kUnavailable,
        std::to_string(state_->uploads) + " uploads are in progress (uploads.concurrent_max)"};
  }
  if (!name.empty() && !state_->names.insert(name).second) {
    return Error{Errc::kConflict, "another load of this file is in progress; wait for its end"};
  }
  ++state_->uploads;
  return Pass{state_, name};
}

}  // namespace cw::intake
