#pragma once

#include "intake/exposure_intake.hpp"
#include "intake/report_intake.hpp"
#include "lib/crypto/random.hpp"
#include "lib/http/blocking.hpp"
#include "support/test_pan.hpp"
#include "unit/intake/fakes.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace cw::intake {

inline const Instant kReceivedAt = parse_instant("2009-08-01T00:00:00Z").value();
inline const Instant kEffectiveAt = parse_instant("2009-07-14T00:00:00Z").value();

inline Incident test_incident(IncidentState state = IncidentState::kOpen) {
  Incident incident;
  incident.id = IncidentId{"alico-2009"};
  incident.state = state;
  incident.since = parse_day("2009-07-14").value();
  incident.attributes = {"channel", "product"};
  for (const char* name : {"extract-1", "extract-2", "extract-3", "extract-4"}) {
    incident.files.push_back({.name = FileName{name},
                              .source = "a",
                              .at_risk_from = incident.since,
                              .at_risk_to = incident.since,
                              .withdrawn_at = {}});
  }
  incident.effective_at = kEffectiveAt;
  return incident;
}

inline Issuer test_issuer(const std::string& id, const std::string& range) {
  Issuer issuer;
  issuer.id = IssuerId{id};
  issuer.iin_ranges = {range};
  issuer.effective_at = kEffectiveAt;
  return issuer;
}

/// Intake with everything around it faked or made for the test: one incident (alico-2009, files
/// extract-1 to 4), two issuers (jcb-a: 356999, visa-b: 400000).
class Workbench : public ::testing::Test {
 protected:
  Workbench() {
    control_.apply(
        {test_incident(), test_issuer("jcb-a", "356999"), test_issuer("visa-b", "4000")});
  }

  static ExposureUpload upload_of(const std::string& file = "extract-1") {
    return {.incident = IncidentId{"alico-2009"},
            .file = FileName{file},
            .by = Principal{"desk-a"},
            .received_at = kReceivedAt};
  }

  [[nodiscard]] Workshop shop() { return {publisher_, control_, keys_, probe_, gate_, limits_}; }
  [[nodiscard]] Result<ExposureAnswer> load(FakeBody& body,
                                            const ExposureUpload& upload = upload_of()) {
    ExposureIntake intake{shop()};
    return http::run_blocking(io_, intake.load(upload, body));
  }
  [[nodiscard]] Result<ExposureAnswer> load(std::string_view csv) {
    FakeBody body{csv};
    return load(body);
  }
  [[nodiscard]] Result<ReportAnswer> report(FakeBody& body, const ReportUpload& upload) {
    ReportIntake intake{shop()};
    return http::run_blocking(io_, intake.accept(upload, body));
  }

  boost::asio::io_context io_;
  crypto::PrivateKey vault_key_ = crypto::PrivateKey::generate(crypto::KeyType::kEcP256);
  crypto::MatchKey match_key_ =
      crypto::MatchKey::from_hex(Sensitive{crypto::random_hex(32)}).value();
  FakePublisher publisher_;
  ControlView control_;
  KeyRing keys_{Keys{match_key_, crypto::VaultPublicKey{vault_key_.public_key()}}};
  telemetry::Registry metrics_;
  Probe probe_{metrics_};
  UploadGate gate_{4};
  UploadLimits limits_{.queue_wait = std::chrono::milliseconds{50}};
};

}  // namespace cw::intake
