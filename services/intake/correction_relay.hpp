#pragma once

#include "intake/correction_book.hpp"
#include "intake/correction_log.hpp"
#include "intake/probe.hpp"
#include "lib/codec/record_scan.hpp"
#include "lib/kafka/record.hpp"
#include "lib/telemetry/logger.hpp"
#include "lib/telemetry/throttle.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

namespace cw::intake {

/// Reads every report of reports.v1 and, where one report names different cards, writes its
/// revisions under the other cards too, each of which may lie in another partition (rules.md R10).
///
/// It keeps nothing on disk: what is missing follows from the topic, copies included. So it may be
/// killed at any time, and several may run at once: a copy written twice is a repeat.
/// THREAD: observe() and caught_up() from the reader's thread; the work is done in its own.
class CorrectionRelay {
 public:
  struct Options {
    CorrectionBook::Limits limits = {};
    std::size_t reports_per_round = 200;
    std::chrono::milliseconds retry_pause = std::chrono::seconds{1};
  };

  CorrectionRelay(CorrectionLog& log, Probe& probe, const Options& options);
  ~CorrectionRelay() { stop(); }
  CorrectionRelay(const CorrectionRelay&) = delete;
  CorrectionRelay& operator=(const CorrectionRelay&) = delete;

  /// Records of reports.v1, each once. Those that the matcher quarantines are passed over.
  void observe(std::span<const kafka::RecordView> records);
  /// The topic was read to its end: what is missing now is really missing.
  void caught_up();

  /// Starts the work.
  void start();
  /// Ends it, at most a few seconds later.
  void stop();

  /// Numbers for the metrics, but `lag`. THREAD: safe.
  [[nodiscard]] Probe::Corrections state() const;
  /// Nothing is due and nothing is being done. THREAD: safe.
  [[nodiscard]] bool idle() const;

 private:
  void note(const kafka::RecordView& record);
  void note_view(const ReportView& report, const kafka::RecordView& record);
  void refused(CorrectionBook::Noted noted);
  void work(const std::stop_token& stop);
  [[nodiscard]] std::vector<CorrectionBook::Task> take(std::size_t reports_max,
                                                       const std::stop_token& stop);
  [[nodiscard]] Status relay(std::span<const CorrectionBook::Task> tasks,
                             const std::stop_token& stop);
  [[nodiscard]] CorrectionBook::Missing look_up(std::vector<ReportRevision> records);
  void settle(std::span<const CorrectionBook::Task> tasks, const Status& status);
  void pause(const std::stop_token& stop);

  CorrectionLog& log_;
  Probe& probe_;
  Options options_;
  telemetry::Logger logger_{"intake.corrections"};
  telemetry::Throttle throttle_;
  codec::ReportScanner scanner_;  ///< The reader's thread only.

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  CorrectionBook book_;
  bool caught_up_ = false;
  bool full_ = false;        ///< The alarm was raised.
  std::size_t working_ = 0;  ///< Reports taken and not yet settled.
  std::jthread thread_;
};

}  // namespace cw::intake
