#include "intake/report_intake.hpp"

#include "lib/base/hex.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/crypto/sha256.hpp"

#include <boost/asio/this_coro.hpp>

#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cw::intake {
namespace {

/// Same content, same id.
std::string upload_id(crypto::Sha256& hash) {
  const auto digest = hash.finish();
  return "r-" + to_hex(std::span(digest).first<8>());
}

OutMessage to_quarantine(const codec::RowError& refusal,
                         const std::string& source,
                         Instant received_at) {
  codec::QuarantineRecord out;
  out.source = source;
  out.line = refusal.line;
  if (!refusal.column.empty()) out.column = refusal.column;
  out.code = refusal.error.code;
  out.detail = refusal.error.detail;
  out.received_at = received_at;
  return {OutTopic::kQuarantine, out.source, codec::encode(out)};
}

}  // namespace

class ReportIntake::Upload {
 public:
  Upload(ReportUpload announced, const Workshop& shop)
      : request(std::move(announced)),
        control(shop.control.snapshot()),
        keys(shop.keys.current()),
        tally(shop.limits.errors_max) {}

  [[nodiscard]] codec::ReportLimits limits() const { return {request.received_at}; }

  [[nodiscard]] OutMessage message(const codec::ReportInput& input) const {
    ReportRevision report = input.report;
    report.card = keys->match.reference(input.pan);
    report.iin = input.pan.iin();
    report.received_at = input.received_at.value_or(request.received_at);
    report.imported = input.received_at.has_value();
    report.match_key = keys->match.id();
    return {OutTopic::kReports, report.card.hex(), codec::encode(report)};
  }

  ReportUpload request;
  std::shared_ptr<const Control> control;
  std::shared_ptr<const Keys> keys;
  RowTally tally;
  std::vector<codec::RowError> refusals;  ///< For quarantine, once the upload's id is known.
  std::unique_ptr<UploadBatch> batch;
  crypto::Sha256 hash;
};

http::Task<Result<ReportAnswer>> ReportIntake::accept(const ReportUpload& request,
                                                      http::BodyReader& body) {
  const auto pass = shop_.gate.enter("");
  if (!pass) co_return pass.error();
  Upload upload(request, shop_);
  const auto executor = co_await boost::asio::this_coro::executor;
  upload.batch = shop_.publisher.begin(executor);
  const auto status = co_await read(upload, body);
  if (!status) co_return status.error();
  co_return co_await finish(upload);
}

http::Task<Status> ReportIntake::read(Upload& upload, http::BodyReader& body) {
  if (upload.request.format == ReportFormat::kJson) return read_json(upload, body);
  return read_csv(upload, body);
}

http::Task<Status> ReportIntake::read_csv(Upload& upload, http::BodyReader& body) {
  codec::ReportRows rows{upload.limits()};
  while (true) {
    const auto piece = co_await body.next();
    if (!piece) co_return piece.error();
    if (piece.value().empty()) break;
    shop_.probe.bytes(UploadKind::kReports, piece.value().size());
    upload.hash.update(piece.value());
    rows.feed(piece.value());
    const auto drained = co_await drain(upload, rows);
    if (!drained) co_return drained;
  }
  rows.finish();
  co_return co_await drain(upload, rows);
}

http::Task<Status> ReportIntake::drain(Upload& upload, codec::ReportRows& rows) {
  while (true) {
    auto next = rows.next();
    if (!next) co_return next.error();
    const auto item = std::move(next).value();
    if (!item) co_return Ok{};
    const auto taken = co_await take(upload, *item);
    if (!taken) co_return taken;
  }
}

http::Task<Status> ReportIntake::read_json(Upload& upload, http::BodyReader& body) {
  auto text = co_await body.read_all(shop_.limits.json_bytes_max);
  if (!text) co_return text.error();
  shop_.probe.bytes(UploadKind::kReports, text.value().size());
  upload.hash.update(text.value());
  const auto items =
      codec::read_reports_json(text.value(), upload.limits(), shop_.limits.json_bytes_max);
  wipe(text.value().data(), text.value().size());
  if (!items) co_return items.error();
  for (const auto& item : items.value()) {
    const auto taken = co_await take(upload, item);
    if (!taken) co_return taken;
  }
  co_return Ok{};
}

http::Task<Status> ReportIntake::take(Upload& upload, const codec::ReportItem& item) {
  if (const auto* malformed = std::get_if<codec::RowError>(&item)) {
    co_return refuse(upload, *malformed);
  }
  const auto& input = std::get<codec::ReportInput>(item);
  if (const auto refusal = refusal_of(input, upload.request.sender, *upload.control)) {
    co_return refuse(upload, *refusal);
  }
  const OutMessage message = upload.message(input);
  const auto published = co_await publish(upload, message);
  if (!published) co_return published;
  upload.tally.accept();
  co_return Ok{};
}

Status ReportIntake::refuse(Upload& upload, const codec::RowError& refusal) {
  if (upload.refusals.size() == shop_.limits.refused_max) {
    return Error{Errc::kLimitReached,
                 "more than " + std::to_string(shop_.limits.refused_max) +
                     " reports were refused (uploads.refused_max); is this the right file?"};
  }
  upload.tally.refuse(refusal);
  upload.refusals.push_back(refusal);
  shop_.probe.row_refused(UploadKind::kReports, refusal.error.code);
  return Ok{};
}

http::Task<Status> ReportIntake::publish(Upload& upload, const OutMessage& message) {
  auto status = upload.batch->offer(message);
  if (status || status.error().code != Errc::kQueueFull) co_return status;
  co_return co_await offer_patiently(*upload.batch, message, shop_.limits.queue_wait);
}

http::Task<Result<ReportAnswer>> ReportIntake::finish(Upload& upload) {
  if (upload.tally.accepted() + upload.tally.refused() == 0) {
    co_return Error{Errc::kFieldMissing, "there are no reports in it"};
  }
  ReportAnswer answer{upload_id(upload.hash), upload.tally};
  for (const auto& refusal : upload.refusals) {
    const OutMessage message = to_quarantine(refusal, answer.upload, upload.request.received_at);
    const auto published = co_await publish(upload, message);
    if (!published) co_return published.error();
  }
  const auto acknowledged = co_await upload.batch->acknowledged();
  if (!acknowledged) co_return acknowledged.error();
  shop_.probe.rows_accepted(UploadKind::kReports, upload.tally.accepted());
  co_return answer;
}

}  // namespace cw::intake
