#pragma once

#include "intake/answer.hpp"
#include "intake/exposure_intake.hpp"
#include "intake/report_check.hpp"
#include "lib/base/time.hpp"
#include "lib/http/body_reader.hpp"

#include <cstdint>
#include <memory>

namespace cw::intake {

enum class ReportFormat : std::uint8_t { kCsv, kJson };

struct ReportUpload {
  ReportFormat format = ReportFormat::kCsv;
  ReportSender sender;
  Instant received_at;  ///< Of reports that bring none of their own.
};

/// Takes in reports, item by item; sending the same ones again is harmless and has the same answer.
/// THREAD: safe; each call on one executor.
class ReportIntake {
 public:
  explicit ReportIntake(Workshop workshop) : shop_(workshop) {}

  /// Answers once Kafka has acknowledged everything that the answer speaks of. Fails with a refused
  /// header or JSON (see codec::ReportRows, read_reports_json), kFieldMissing (no reports),
  /// kLimitReached (more than uploads.refused_max refused), what the body fails with, and Kafka's
  /// codes; the upload can then be repeated.
  [[nodiscard]] http::Task<Result<ReportAnswer>> accept(const ReportUpload& request,
                                                        http::BodyReader& body);

 private:
  class Upload;

  [[nodiscard]] http::Task<Status> read(Upload& upload, http::BodyReader& body);
  [[nodiscard]] http::Task<Status> read_csv(Upload& upload, http::BodyReader& body);
  [[nodiscard]] http::Task<Status> read_json(Upload& upload, http::BodyReader& body);
  [[nodiscard]] http::Task<Status> take(Upload& upload, const codec::ReportItem& item);
  [[nodiscard]] http::Task<Status> drain(Upload& upload, codec::ReportRows& rows);
  [[nodiscard]] http::Task<Status> publish(Upload& upload, const OutMessage& message);
  [[nodiscard]] http::Task<Result<ReportAnswer>> finish(Upload& upload);
  [[nodiscard]] Status refuse(Upload& upload, const codec::RowError& refusal);

  Workshop shop_;
};

}  // namespace cw::intake
