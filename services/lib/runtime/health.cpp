#include "lib/runtime/health.hpp"

namespace cw::runtime {

void Health::add_readiness(std::string name, Check check) {
  const std::lock_guard lock(mutex_);
  readiness_.emplace_back(std::move(name), std::move(check));
}

void Health::add_liveness(std::string name, Check check) {
  const std::lock_guard lock(mutex_);
  liveness_.emplace_back(std::move(name), std::move(check));
}

Health::Report Health::readiness() const {
  const std::lock_guard lock(mutex_);
  Report report = run(readiness_);
  if (phase_ != Phase::kServing) {
    report.ok = false;
    report.text += phase_ == Phase::kStarting ? "[-]starting\n" : "[-]stopping\n";
  }
  return report;
}

Health::Report Health::liveness() const {
  const std::lock_guard lock(mutex_);
  return run(liveness_);
}

void Health::set_serving() {
  const std::lock_guard lock(mutex_);
  phase_ = Phase::kServing;
}

void Health::set_stopping() {
  const std::lock_guard lock(mutex_);
  phase_ = Phase::kStopping;
}

Health::Report Health::run(const Checks& checks) {
  Report report;
  for (const auto& [name, check] : checks) {
    const Status status = check();
    report.ok = report.ok && status.has_value();
    report.text += status ? "[+]" + name + " ok\n"
                          : "[-]" + name + " " + std::string{cw::name(status.error().code)} + ": " +
                                status.error().detail + "\n";
  }
  return report;
}

}  // namespace cw::runtime
