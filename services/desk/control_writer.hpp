#pragma once

#include "desk/control_rules.hpp"
#include "desk/control_view.hpp"
#include "lib/http/task.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace cw::desk {

/// Where control records are made durable, for all readers at once.
class ControlSink {
 public:
  virtual ~ControlSink() = default;
  /// Ok: committed. Blocks. THREAD: one caller at a time.
  [[nodiscard]] virtual Status write(const ControlRecord& record) = 0;
};

/// Whether `control` holds the version or revision that `record` makes.
[[nodiscard]] bool holds(const Control& control, const ControlRecord& record);

/// Takes control changes one after the other: a rule decides on what stands, the record is
/// committed, and the answer is given once the view has it (so that whoever wrote can read it).
/// THREAD: safe; the work is done on a thread of its own.
class ControlWriter {
 public:
  using Rule = std::function<Result<Decision>(const Control&)>;

  struct Options {
    /// Changes that may wait for their turn; one more is refused with kUnavailable.
    std::uint32_t waiting_max = 64;
    /// How long the view may take to show what was committed.
    std::chrono::milliseconds seen_wait = std::chrono::seconds{10};
  };

  /// `sink` and `view` must outlive the writer.
  ControlWriter(ControlSink& sink, const ControlView& view, Options options)
      : sink_(sink), view_(view), options_(options) {}
  ~ControlWriter();
  ControlWriter(const ControlWriter&) = delete;
  ControlWriter& operator=(const ControlWriter&) = delete;

  /// Fails as `rule` and the sink do, and with kUnavailable if the view lags too far behind.
  /// `rule` must live until the task has ended.
  [[nodiscard]] http::Task<Result<Decision>> submit(const Rule& rule);

  /// The same on this thread; for submit() and tests.
  [[nodiscard]] Result<Decision> apply(const Rule& rule);

 private:
  /// Optional only because Asio wants a value that can be made from nothing.
  [[nodiscard]] http::Task<std::optional<Result<Decision>>> apply_on_worker(const Rule& rule);

  ControlSink& sink_;
  const ControlView& view_;
  Options options_;
  std::atomic<std::uint32_t> waiting_{0};
  boost::asio::thread_pool worker_{1};
};

}  // namespace cw::desk
