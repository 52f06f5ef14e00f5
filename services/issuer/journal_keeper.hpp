#pragma once

#include "issuer/routes.hpp"
#include "lib/telemetry/logger.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace cw::issuer {

/// Compacts the journals that have become due, one after the other, on a thread of its own. What
/// fails is told and tried again a minute later. THREAD: created and destroyed anywhere.
class JournalKeeper {
 public:
  /// `inboxes` outlive it.
  explicit JournalKeeper(const Inboxes& inboxes);
  /// A compaction under way is left off.
  ~JournalKeeper();
  JournalKeeper(const JournalKeeper&) = delete;
  JournalKeeper& operator=(const JournalKeeper&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  [[nodiscard]] bool stopping() const;
  void look_at(Inbox& inbox);
  void tell(const Inbox& inbox, const Error& error);

  const Inboxes& inboxes_;
  telemetry::Logger log_{"issuer"};
  std::map<std::string, Clock::time_point> not_before_;  ///< By issuer, after a failure.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cw::issuer
