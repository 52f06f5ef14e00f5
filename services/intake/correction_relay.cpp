#include "intake/correction_relay.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/report_codec.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace cw::intake {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace

CorrectionRelay::CorrectionRelay(CorrectionLog& log, Probe& probe, const Options& options)
    : log_(log), probe_(probe), options_(options), book_(options.limits, random_seed()) {}

void CorrectionRelay::observe(std::span<const kafka::RecordView> records) {
  {
    const std::lock_guard lock{mutex_};
    for (const auto& record : records) note(record);
  }
  changed_.notify_all();
}

void CorrectionRelay::note(const kafka::RecordView& record) {
  ReportView view;
  if (scanner_.scan(record.value, view) && !view.filed_under) return note_view(view, record);
  const auto report = codec::decode_report(record.value);
  if (!report) return;  // The matcher tells of it.
  if (!report.value().filed_under) return note_view(view_of(report.value()), record);
  if (record.key == report.value().home().hex()) refused(book_.note_copy(report.value()));
}

void CorrectionRelay::note_view(const ReportView& report, const kafka::RecordView& record) {
  if (record.key != report.card.hex()) return;
  refused(book_.note(report, {record.partition, record.offset}));
}

void CorrectionRelay::refused(CorrectionBook::Noted noted) {
  if (noted != CorrectionBook::Noted::kRefused) return;
  probe_.corrections_refused();
  if (std::exchange(full_, true)) return;
  logger_.alarm("corrections_full",
                "There is no room to follow the corrections of further reports; raise "
                "corrections.memory_max and restart, then they are made up for",
                {{"bytes", book_.bytes()}, {"records", book_.records()}});
}

void CorrectionRelay::caught_up() {
  {
    const std::lock_guard lock{mutex_};
    caught_up_ = true;
    logger_.info(
        "corrections_caught_up",
        "Reports were read to their end for corrections",
        {{"records", book_.records()}, {"moved_reports", book_.moved()}, {"bytes", book_.bytes()}});
  }
  changed_.notify_all();
}

void CorrectionRelay::start() {
  thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
}

void CorrectionRelay::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Probe::Corrections CorrectionRelay::state() const {
  const std::lock_guard lock{mutex_};
  return {.records = book_.records(),
          .moved = book_.moved(),
          .bytes = book_.bytes(),
          .pending = book_.due() + working_};
}

bool CorrectionRelay::idle() const {
  const std::lock_guard lock{mutex_};
  return caught_up_ && book_.due() == 0 && working_ == 0;
}

void CorrectionRelay::work(const std::stop_token& stop) {
  // A round that failed is taken apart, so that one report cannot hold up the others.
  std::size_t round = options_.reports_per_round;
  while (!stop.stop_requested()) {
    const auto tasks = take(round, stop);
    const auto status = tasks.empty() ? Status{Ok{}} : relay(tasks, stop);
    settle(tasks, status);
    round = status ? std::min(round * 2, options_.reports_per_round) : 1;
    if (!status) pause(stop);
  }
}

std::vector<CorrectionBook::Task> CorrectionRelay::take(std::size_t reports_max,
                                                        const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  if (!changed_.wait(lock, stop, [this] { return caught_up_ && book_.due() > 0; })) return {};
  auto tasks = book_.take_due(reports_max);
  working_ = tasks.size();
  return tasks;
}

Status CorrectionRelay::relay(std::span<const CorrectionBook::Task> tasks,
                              const std::stop_token& stop) {
  std::vector<Place> places;
  for (const auto& task : tasks) {
    places.insert(places.end(), task.places.begin(), task.places.end());
  }
  std::vector<ReportRevision> records;
  const auto sink = [&records](std::string_view value) {
    auto report = codec::decode_report(value);
    if (report) records.push_back(std::move(report).value());
  };
  if (auto status = log_.read(places, sink, stop); !status) return status;
  const auto missing = look_up(std::move(records));
  if (missing.copies.empty()) return Ok{};
  if (auto status = log_.write(missing.copies, stop); !status) return status;
  const std::lock_guard lock{mutex_};
  for (const auto& copy : missing.copies) refused(book_.note_copy(copy));
  probe_.corrections_relayed(missing.copies.size());
  return Ok{};
}

CorrectionBook::Missing CorrectionRelay::look_up(std::vector<ReportRevision> records) {
  const std::lock_guard lock{mutex_};
  auto missing = book_.missing(std::move(records));
  if (missing.over_limit) {
    probe_.corrections_refused();
    logger_.warn_throttled(throttle_,
                           "corrections_limit",
                           "A report has too many revisions and cards; they are not followed",
                           {{"copies_max", options_.limits.copies_per_report_max}});
  }
  return missing;
}

void CorrectionRelay::settle(std::span<const CorrectionBook::Task> tasks, const Status& status) {
  {
    const std::lock_guard lock{mutex_};
    working_ = 0;
    if (status) return;
    for (const auto& task : tasks) book_.put_back(task);
  }
  if (status.error().code == Errc::kCancelled) return;
  logger_.warn_throttled(throttle_,
                         "corrections_delayed",
                         "Copies of corrected reports cannot be written now; trying again",
                         {{"code", status.error().code}, {"detail", status.error().detail}});
}

void CorrectionRelay::pause(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, stop, options_.retry_pause, [] { return false; });
}

}  // namespace cw::intake
