#pragma once

#include "desk/config.hpp"
#include "desk/control_api.hpp"
#include "desk/control_view.hpp"
#include "desk/control_writer.hpp"
#include "desk/counts_api.hpp"
#include "desk/feed_view.hpp"
#include "desk/figures.hpp"
#include "desk/kafka_control_sink.hpp"
#include "desk/match_view.hpp"
#include "desk/probe.hpp"
#include "desk/publish_api.hpp"
#include "desk/silence.hpp"
#include "lib/kafka/tail_reader.hpp"
#include "lib/runtime/service.hpp"
#include "lib/telemetry/logger.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace cw::desk {

/// Wires the parts of the desk to one process. THREAD: as runtime::Service.
class DeskService final : public runtime::Service {
 public:
  void declare(config::Schema& schema) override { config_.declare(schema); }
  [[nodiscard]] Status start(runtime::Context& context) override;
  void stop() override;

 private:
  using Fold = std::function<void(std::span<const kafka::RecordView>)>;

  [[nodiscard]] Status start_kafka(runtime::Context& context);
  [[nodiscard]] Result<std::unique_ptr<kafka::TailReader>> start_reader(runtime::Context& context,
                                                                        std::string_view topic,
                                                                        Fold fold);
  void add_routes(runtime::Context& context);
  void add_checks(runtime::Context& context);
  void fold_control(std::span<const kafka::RecordView> batch);
  void fold_matches(std::span<const kafka::RecordView> batch);
  void fold_feed_states(std::span<const kafka::RecordView> batch);
  void refuse(const kafka::RecordView& record, const Error& error);
  [[nodiscard]] Status control_ready() const;
  [[nodiscard]] Status counts_ready() const;
  [[nodiscard]] Status alive() const;

  Config config_;
  telemetry::Logger log_{"desk"};
  telemetry::Throttle refusals_;
  ControlView control_;
  MatchView matches_;
  FeedView feeds_;
  std::optional<Probe> probe_;
  std::unique_ptr<KafkaControlSink> sink_;
  std::optional<ControlWriter> writer_;
  std::optional<ControlApi> control_api_;
  std::optional<CountsApi> counts_api_;
  std::optional<PublishApi> publish_api_;
  std::optional<SilenceApi> silence_api_;
  std::optional<Figures> figures_;
  // Last: they call into the others.
  std::unique_ptr<kafka::TailReader> control_reader_;
  std::unique_ptr<kafka::TailReader> match_reader_;
  std::unique_ptr<kafka::TailReader> feed_reader_;
};

}  // namespace cw::desk
