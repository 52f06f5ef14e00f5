#pragma once

#include "lib/runtime/service.hpp"
#include "notifier/notifier_config.hpp"

#include <memory>

namespace cw::notifier {

/// The notifier as run_service() drives it: reads control.v1, watchlist.v1 and feed-state.v1,
/// pushes each issuer's feed, and answers GET /v1/feeds.
class NotifierService final : public runtime::Service {
 public:
  NotifierService();
  ~NotifierService() override;

  void declare(config::Schema& schema) override;
  [[nodiscard]] Status start(runtime::Context& context) override;
  void stopping() override;
  void stop() override;
  void reload() override;

  /// What main() runs.
  [[nodiscard]] static runtime::ServiceSpec spec();

 private:
  class Engine;

  NotifierConfig config_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace cw::notifier
