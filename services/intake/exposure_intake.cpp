#include "intake/exposure_intake.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/exposure_rows.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/crypto/seal.hpp"
#include "lib/crypto/sha256.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace cw::intake {

/// One upload on its way: what was read, and the record of its load.
class ExposureIntake::Load {
 public:
  Load(const ExposureUpload& upload, const Incident& incident, const UploadLimits& limits)
      : rows(incident.attributes), tally(limits.errors_max) {
    record.incident = upload.incident;
    record.file = upload.file;
    record.received_at = upload.received_at;
    record.by = upload.by;
    record.imported = upload.imported;
  }

  /// A file that was loaded before is only compared: nothing of it is written again.
  [[nodiscard]] bool compares_only() const noexcept { return before.has_value(); }

  [[nodiscard]] OutMessage exposure(const codec::ExposureRow& row) {
    ExposureRecord out;
    out.incident = record.incident;
    out.file = record.file;
    out.record = row.record;
    out.card = keys->match.reference(row.pan);
    out.iin = row.pan.iin();
    out.expiry = row.expiry;
    out.attributes = row.attributes;
    out.member = row.member;
    out.sealed_pan = sealer->seal(row.pan, out.card);
    out.file_key = record.key;
    out.match_key = keys->match.id();
    out.received_at = record.received_at;
    out.imported = record.imported;
    return {OutTopic::kExposures, out.card.hex(), codec::encode(out)};
  }

  [[nodiscard]] OutMessage quarantine(const codec::RowError& refusal) const {
    codec::QuarantineRecord out;
    out.source = record.key;
    out.line = refusal.line;
    if (!refusal.column.empty()) out.column = refusal.column;
    out.code = refusal.error.code;
    out.detail = refusal.error.detail;
    out.received_at = record.received_at;
    return {OutTopic::kQuarantine, out.source, codec::encode(out)};
  }

  codec::ExposureRows rows;
  RowTally tally;
  FileLoad record;
  std::shared_ptr<const Keys> keys;
  std::optional<crypto::Sealer> sealer;
  std::unique_ptr<UploadBatch> batch;
  std::optional<FileLoad> before;  ///< The completed load of this file.
  bool opened = false;             ///< record was written as `opened`.
  crypto::Sha256 hash;
};

Result<std::unique_ptr<ExposureIntake::Load>> ExposureIntake::prepare(
    const ExposureUpload& upload) const {
  const auto control = shop_.control.snapshot();
  const Incident* incident = control->incident(upload.incident);
  if (incident == nullptr) {
    // What is unknown is not repeated: a mistaken path may hold anything, and errors are logged.
    return Error{Errc::kUnknownIncident, "the incident of the path is not known"};
  }
  const bool declared = std::any_of(
      incident->files.begin(), incident->files.end(), [&upload](const FileDeclaration& file) {
        return file.name == upload.file;
      });
  if (!declared) {
    return Error{Errc::kUnknownFile,
                 "incident " + upload.incident.get() + " declares no file of that name"};
  }
  auto load = std::make_unique<Load>(upload, *incident, shop_.limits);
  if (const FileLoad* before = control->loaded(upload.incident, upload.file)) {
    load->before = *before;
    return load;
  }
  if (incident->state == IncidentState::kClosed) {
    return Error{Errc::kIncidentClosed, "incident " + upload.incident.get() + " is closed"};
  }

  load->keys = shop_.keys.current();
  const auto data_key = crypto::DataKey::generate();
  auto wrapped = load->keys->vault.wrap(data_key);
  if (!wrapped) return wrapped.error();
  load->record.key = data_key.id();
  load->record.wrapped_key = std::move(wrapped).value();
  load->sealer.emplace(data_key);
  return load;
}

http::Task<Result<ExposureAnswer>> ExposureIntake::load(const ExposureUpload& upload,
                                                        http::BodyReader& body) {
  const auto pass = shop_.gate.enter(upload.incident.get() + "/" + upload.file.get());
  if (!pass) co_return pass.error();
  auto prepared = prepare(upload);
  if (!prepared) co_return prepared.error();
  Load& load = *prepared.value();
  if (!load.compares_only()) {
    const auto executor = co_await boost::asio::this_coro::executor;
    load.batch = shop_.publisher.begin(executor);
  }
  const auto read_status = co_await read(load, body);
  if (!read_status) co_return read_status.error();
  co_return co_await finish(load);
}

http::Task<Status> ExposureIntake::read(Load& load, http::BodyReader& body) {
  while (true) {
    const auto piece = co_await body.next();
    if (!piece) co_return piece.error();
    if (piece.value().empty()) break;
    shop_.probe.bytes(UploadKind::kExposures, piece.value().size());
    load.hash.update(piece.value());
    load.rows.feed(piece.value());
    const auto drained = co_await drain(load);
    if (!drained) co_return drained;
  }
  load.rows.finish();
  co_return co_await drain(load);
}

http::Task<Status> ExposureIntake::drain(Load& load) {
  const std::uint64_t accepted_before = load.tally.accepted();
  while (true) {
    auto next = load.rows.next();
    if (!next) co_return next.error();
    const auto item = std::move(next).value();
    if (!item) break;

    const auto* refusal = std::get_if<codec::RowError>(&*item);
    if (refusal != nullptr) {
      load.tally.refuse(*refusal);
    } else {
      load.tally.accept();
    }
    if (load.compares_only()) continue;
    if (refusal != nullptr) {
      shop_.probe.row_refused(UploadKind::kExposures, refusal->error.code);
    }
    if (refusal == nullptr && !load.opened) {
      const auto opened = co_await shop_.publisher.record_load(load.record);
      if (!opened) co_return opened;
      load.opened = true;
    }
    const auto message = refusal != nullptr ? load.quarantine(*refusal)
                                            : load.exposure(std::get<codec::ExposureRow>(*item));
    const auto published = co_await publish(load, message);
    if (!published) co_return published;
  }
  if (!load.compares_only()) {
    shop_.probe.rows_accepted(UploadKind::kExposures, load.tally.accepted() - accepted_before);
  }
  co_return Ok{};
}

http::Task<Status> ExposureIntake::publish(Load& load, const OutMessage& message) {
  auto status = load.batch->offer(message);
  if (status || status.error().code != Errc::kQueueFull) co_return status;
  co_return co_await offer_patiently(*load.batch, message, shop_.limits.queue_wait);
}

http::Task<Result<ExposureAnswer>> ExposureIntake::finish(Load& load) {
  if (load.tally.accepted() + load.tally.refused() == 0) {
    co_return Error{Errc::kFieldMissing, "the file has a header line but no rows"};
  }
  using State = ExposureAnswer::State;
  ExposureAnswer answer{State::kLoaded, load.record.key, to_hex(load.hash.finish()), load.tally};
  if (load.compares_only()) {
    if (load.before->sha256 != answer.sha256) {
      co_return Error{
          Errc::kFileContentDiffers,
          "file " + load.record.file.get() + " was loaded with SHA-256 " + load.before->sha256};
    }
    answer.state = State::kAlreadyLoaded;
    answer.upload = load.before->key;
    co_return answer;
  }

  const auto acknowledged = co_await load.batch->acknowledged();
  if (!acknowledged) co_return acknowledged.error();
  if (!load.opened) {
    answer.state = State::kRefused;
    co_return answer;
  }
  load.record.state = FileLoadState::kLoaded;
  load.record.records = load.tally.accepted();
  load.record.refused = load.tally.refused();
  load.record.sha256 = answer.sha256;
  const auto recorded = co_await shop_.publisher.record_load(load.record);
  if (!recorded) co_return recorded.error();
  // Known from now on, although control's own copy has still to come back from Kafka.
  shop_.control.apply({load.record});
  co_return answer;
}

}  // namespace cw::intake
