#pragma once

#include "intake/config.hpp"
#include "intake/control_view.hpp"
#include "intake/correction_relay.hpp"
#include "intake/exposure_intake.hpp"
#include "intake/kafka_correction_log.hpp"
#include "intake/kafka_publisher.hpp"
#include "intake/keys.hpp"
#include "intake/nil_returns.hpp"
#include "intake/probe.hpp"
#include "intake/report_intake.hpp"
#include "intake/routes.hpp"
#include "intake/upload_gate.hpp"
#include "lib/kafka/tail_reader.hpp"
#include "lib/runtime/service.hpp"
#include "lib/telemetry/logger.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace cw::intake {

/// Wires the parts of intake to one process. THREAD: as runtime::Service.
class IntakeService final : public runtime::Service {
 public:
  void declare(config::Schema& schema) override { config_.declare(schema); }
  [[nodiscard]] Status start(runtime::Context& context) override;
  void stop() override;
  void reload() override;

 private:
  [[nodiscard]] Status start_kafka(runtime::Context& context);
  [[nodiscard]] kafka::TailOptions tail_options(runtime::Context& context);
  [[nodiscard]] Status start_corrections(const kafka::ClientOptions& client,
                                         runtime::Context& context);
  void apply_control(std::span<const kafka::RecordView> batch);
  void add_checks(runtime::Context& context);
  [[nodiscard]] Status ready() const;
  [[nodiscard]] static Status alive(const kafka::TailReader& reader);

  Config config_;
  telemetry::Logger log_{"intake"};
  ControlView control_;
  std::optional<KeyRing> keys_;
  std::optional<Probe> probe_;
  std::optional<UploadGate> gate_;
  std::unique_ptr<KafkaPublisher> publisher_;
  std::optional<ExposureIntake> exposures_;
  std::optional<ReportIntake> reports_;
  std::optional<Routes> routes_;
  std::optional<NilReturnApi> nil_returns_;
  std::unique_ptr<KafkaCorrectionLog> correction_log_;
  std::optional<CorrectionRelay> relay_;
  std::unique_ptr<kafka::TailReader> tail_;  ///< Last: these call into the others.
  std::unique_ptr<kafka::TailReader> reports_tail_;
};

}  // namespace cw::intake
