#pragma once

#include "support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace cw::test {

/// Address of the broker that all tests of this run share: CARDWATCH_TEST_BROKERS, or the one that
/// ctest's fixture `kafka` started in the build folder. Throws std::runtime_error that says how to
/// start one. Tests that stop or kill a broker use PrivateKafka instead.
[[nodiscard]] std::string shared_brokers();

/// A prefix that no other test uses, e.g. "t4711-1-9f3a." (for topics, groups, transactional ids).
[[nodiscard]] std::string fresh_prefix();

/// Makes a topic of its own on the shared broker and returns its name, which ends in `name`.
/// Throws std::runtime_error.
[[nodiscard]] std::string fresh_topic(std::string_view name,
                                      std::int32_t partitions = 1,
                                      const std::map<std::string, std::string>& config = {});

/// A broker for one test alone, which the test may crash and start again with the same data and
/// address. Ends, with its data, at the end of the scope. Takes about 4 s to start: use the shared
/// broker where it will do.
class PrivateKafka {
 public:
  /// Starts it and waits until it answers. Throws std::runtime_error with the broker's last words.
  PrivateKafka();
  ~PrivateKafka();
  PrivateKafka(const PrivateKafka&) = delete;
  PrivateKafka& operator=(const PrivateKafka&) = delete;

  [[nodiscard]] const std::string& brokers() const { return brokers_; }
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  /// Starts it again, with the same data and address, and waits until it answers.
  void start();
  void stop();
  /// SIGKILL: as a crash of the machine's process, not of its disk.
  void kill();

 private:
  TempDir dir_;
  std::string brokers_;
};

}  // namespace cw::test
