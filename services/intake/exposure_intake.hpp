#pragma once

#include "intake/answer.hpp"
#include "intake/config.hpp"
#include "intake/control_view.hpp"
#include "intake/keys.hpp"
#include "intake/probe.hpp"
#include "intake/publisher.hpp"
#include "intake/upload_gate.hpp"
#include "lib/base/time.hpp"
#include "lib/domain/ids.hpp"
#include "lib/http/body_reader.hpp"

#include <memory>
#include <optional>

namespace cw::intake {

/// What both kinds of upload work with; all of it outlives them.
struct Workshop {
  Publisher& publisher;
  ControlView& control;
  const KeyRing& keys;
  Probe& probe;
  UploadGate& gate;
  UploadLimits limits;
};

/// An exposed file as it is announced; its rows follow as the body.
struct ExposureUpload {
  IncidentId incident;
  FileName file;
  Principal by;
  Instant received_at;
  bool imported = false;  ///< received_at was supplied by a history import.
};

/// Takes in exposed files: each row becomes a card reference and a sealed card number, under a data
/// key that is wrapped to the vault and forgotten. A file is known by its SHA-256: the same content
/// again changes nothing and has the same answer. THREAD: safe; each call on one executor.
class ExposureIntake {
 public:
  explicit ExposureIntake(Workshop workshop) : shop_(workshop) {}

  /// Answers once Kafka has acknowledged everything that the answer speaks of. Fails with
  /// kUnknownIncident, kIncidentClosed, kUnknownFile, kConflict (this file is being loaded),
  /// kFileContentDiffers, a refused header (see codec::ExposureRows), kFieldMissing (no rows), what
  /// the body fails with, and Kafka's codes; the load can then be repeated.
  [[nodiscard]] http::Task<Result<ExposureAnswer>> load(const ExposureUpload& upload,
                                                        http::BodyReader& body);

 private:
  class Load;

  [[nodiscard]] Result<std::unique_ptr<Load>> prepare(const ExposureUpload& upload) const;
  [[nodiscard]] http::Task<Status> read(Load& load, http::BodyReader& body);
  [[nodiscard]] http::Task<Status> drain(Load& load);
  [[nodiscard]] http::Task<Status> publish(Load& load, const OutMessage& message);
  [[nodiscard]] http::Task<Result<ExposureAnswer>> finish(Load& load);

  Workshop shop_;
};

}  // namespace cw::intake
