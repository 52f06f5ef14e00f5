#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::runtime {

/// The checks behind /readyz and /livez. A check is quick, THREAD: safe, and answers Ok or why
/// not. Liveness is about this process only, never about what it depends on: an outage of Kafka
/// must not restart every pod.
class Health {
 public:
  using Check = std::function<Status()>;

  void add_readiness(std::string name, Check check);
  void add_liveness(std::string name, Check check);

  struct Report {
    bool ok = true;
    std::string text = {};  ///< One line a check, as kube-apiserver has it.
  };
  [[nodiscard]] Report readiness() const;
  [[nodiscard]] Report liveness() const;

  /// The service has started and listens. Until then /readyz fails, whatever the checks say: most
  /// of them are not there yet.
  void set_serving();
  /// Makes /readyz fail from now on: the process is on its way out.
  void set_stopping();

 private:
  using Checks = std::vector<std::pair<std::string, Check>>;
  [[nodiscard]] static Report run(const Checks& checks);

  mutable std::mutex mutex_;
  Checks readiness_;
  Checks liveness_;
  enum class Phase : std::uint8_t { kStarting, kServing, kStopping } phase_ = Phase::kStarting;
};

}  // namespace cw::runtime
