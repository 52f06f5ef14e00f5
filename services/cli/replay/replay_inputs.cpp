#include "cli/replay/replay_inputs.hpp"

#include "lib/base/hex.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/codec/report_codec.hpp"
#include "lib/codec/report_times.hpp"
#include "lib/crypto/sha256.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace cw::cli {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr std::size_t kJsonBytesMax = 256 * 1024 * 1024;

struct Close {
  void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
};

bool is_declared(const Incident& incident, const FileName& file) {
  return std::any_of(incident.files.begin(), incident.files.end(), [&](const auto& each) {
    return each.name == file;
  });
}

codec::RowError refusal(const codec::ReportInput& input,
                        codec::ReportField field,
                        Errc code,
                        std::string detail) {
  return {input.line, std::string(codec::text(field)), Error{code, std::move(detail)}};
}

}  // namespace

ReplayInputs::ReplayInputs(const Control& control, IncidentId incident, crypto::MatchKey key)
    : control_(control), incident_(std::move(incident)), key_(std::move(key)), limits_{cw::now()} {}

Status ReplayInputs::read(const std::string& path,
                          const std::function<Status(std::string_view)>& chunk) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  std::error_code failed;
  const auto total = std::filesystem::file_size(path, failed);
  if (!file || failed) return Error{Errc::kFileRead, path + ": cannot be read"};
  files_.push_back({path, "", 0, 0});
  const auto buffer = std::make_unique<std::array<char, kChunkBytes>>();
  crypto::Sha256 hash;
  std::uint64_t done = 0;
  while (const std::size_t size = std::fread(buffer->data(), 1, buffer->size(), file.get())) {
    const std::string_view bytes(buffer->data(), size);
    hash.update(bytes);
    done += size;
    if (Status status = chunk(bytes); !status) return status;
    if (progress_) progress_(done, std::max<std::uint64_t>(done, total));
  }
  wipe(buffer->data(), buffer->size());
  if (std::ferror(file.get()) != 0) return Error{Errc::kFileRead, path + ": reading failed"};
  files_.back().sha256 = to_hex(hash.finish());
  return Ok{};
}

Status ReplayInputs::add_exposures(const FileName& file,
                                   const std::string& path,
                                   Instant received_at) {
  const Incident& incident = *control_.incident(incident_);
  if (!is_declared(incident, file)) {
    return Error{
        Errc::kUnknownFile,
        "the incident \"" + incident_.get() + "\" declares no file \"" + file.get() + "\""};
  }
  codec::ExposureRows rows(incident.attributes);
  const auto drain = [&]() -> Status {
    while (true) {
      auto next = rows.next();
      if (!next) return std::move(next).error();
      if (!next.value()) return Ok{};
      if (auto* error = std::get_if<codec::RowError>(&*next.value())) {
        refuse(std::move(*error));
      } else {
        accept(std::get<codec::ExposureRow>(*next.value()), file, received_at);
      }
    }
  };
  Status status = read(path, [&](std::string_view chunk) {
    rows.feed(chunk);
    return drain();
  });
  if (!status) return status;
  rows.finish();
  return drain();
}

void ReplayInputs::accept(const codec::ExposureRow& row,
                          const FileName& file,
                          Instant received_at) {
  ExposureRecord record;
  record.incident = incident_;
  record.file = file;
  record.record = row.record;
  record.card = key_.reference(row.pan);
  record.iin = row.pan.iin();
  record.expiry = row.expiry;
  record.attributes = row.attributes;
  record.member = row.member;
  record.match_key = key_.id();
  record.received_at = received_at;
  record.imported = true;
  add(std::move(record), row.line);
}

Status ReplayInputs::add_reports(const std::string& path) {
  return path.ends_with(".json") ? read_json_reports(path) : read_csv_reports(path);
}

Status ReplayInputs::read_csv_reports(const std::string& path) {
  codec::ReportRows rows(limits_);
  const auto drain = [&]() -> Status {
    while (true) {
      auto next = rows.next();
      if (!next) return std::move(next).error();
      if (!next.value()) return Ok{};
      take(*std::move(next).value());
    }
  };
  Status status = read(path, [&](std::string_view chunk) {
    rows.feed(chunk);
    return drain();
  });
  if (!status) return status;
  rows.finish();
  return drain();
}

Status ReplayInputs::read_json_reports(const std::string& path) {
  std::string text;
  Status status = read(path, [&text](std::string_view chunk) -> Status {
    if (text.size() + chunk.size() > kJsonBytesMax) {
      return Error{Errc::kBodyTooLarge, "more than 256 MiB of JSON; use CSV"};
    }
    text += chunk;
    return Ok{};
  });
  if (!status) return status;
  auto items = codec::read_reports_json(text, limits_, kJsonBytesMax);
  wipe(text.data(), text.size());
  if (!items) return std::move(items).error();
  for (codec::ReportItem& item : items.value()) take(std::move(item));
  return Ok{};
}

void ReplayInputs::take(codec::ReportItem item) {
  if (auto* error = std::get_if<codec::RowError>(&item)) return refuse(std::move(*error));
  const auto& input = std::get<codec::ReportInput>(item);
  using codec::ReportField;
  if (control_.issuer(input.report.issuer) == nullptr) {
    return refuse(
        refusal(input, ReportField::kIssuer, Errc::kUnknownIssuer, "the issuer is not known"));
  }
  if (input.report.incident && control_.incident(*input.report.incident) == nullptr) {
    return refuse(refusal(
        input, ReportField::kIncident, Errc::kUnknownIncident, "the incident is not known"));
  }
  accept(input);
}

void ReplayInputs::accept(const codec::ReportInput& input) {
  ReportRevision report = input.report;
  report.card = key_.reference(input.pan);
  report.iin = input.pan.iin();
  report.received_at = input.received_at.value_or(report.reported_at);
  using codec::ReportField;
  if (!codec::times_in_range(report.reported_at, report.attempted_at, report.received_at)) {
    return refuse(refusal(input,
                          ReportField::kAttemptedAt,
                          Errc::kTimestampRange,
                          "more than 24 hours after the report"));
  }
  report.match_key = key_.id();
  report.imported = true;
  report.content_hash = codec::content_hash(report);
  add(std::move(report), input.line);
}

template <class Input>
void ReplayInputs::add(Input input, std::uint64_t line) {
  CardInputs& card = cards_[input.card];
  if (const auto added = card.add(std::move(input)); !added) {
    return refuse({line, "", added.error()});
  }
  ++files_.back().accepted;
}

void ReplayInputs::refuse(codec::RowError error) {
  ++refused_count_;
  ++files_.back().refused;
  if (refused_.size() < kRefusedKept) refused_.push_back({files_.back().path, std::move(error)});
}

void ReplayInputs::derive_each(const std::function<void(CardResult)>& take) {
  for (auto card = cards_.begin(); card != cards_.end(); card = cards_.erase(card)) {
    take(derive(card->second, control_));
  }
}

}  // namespace cw::cli
