#include "support/kafka_fixture.hpp"

#include "support/process.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <random>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace cw::test {
namespace {

constexpr std::string_view kVariable = "CARDWATCH_TEST_BROKERS";
const std::string kScript = CW_SOURCE_DIR "/scripts/kafka";

/// The value of `NAME=value` in the text of a kafka.env file; empty if it is not there.
std::string value_in(const std::string& text, std::string_view name) {
  const std::string key = std::string(name) + "=";
  const auto at = text.find(key);
  if (at == std::string::npos) {
    return {};
  }
  const auto from = at + key.size();
  return text.substr(from, text.find('\n', from) - from);
}

std::string run_script(std::initializer_list<std::string> arguments) {
  std::vector<std::string> command{kScript};
  command.insert(command.end(), arguments);
  auto result = run_command(command);
  if (result.status != 0) {
    throw std::runtime_error(result.output);
  }
  return std::move(result.output);
}

}  // namespace

std::string shared_brokers() {
  if (const char* named = std::getenv(kVariable.data())) {
    return named;
  }
  const std::filesystem::path file = CW_BUILD_DIR "/kafka/kafka.env";
  if (std::filesystem::exists(file)) {
    if (auto brokers = value_in(read_file(file), kVariable); !brokers.empty()) {
      return brokers;
    }
  }
  throw std::runtime_error(
      "this test needs a Kafka broker: run it through ctest (`ctest -R NAME` starts one), or start "
      "one with `scripts/kafka start` and set CARDWATCH_TEST_BROKERS to its bootstrap address");
}

std::string fresh_prefix() {
  static std::atomic<int> counter{0};
  static const unsigned salt = std::random_device{}();
  return "t" + std::to_string(::getpid()) + "-" + std::to_string(++counter) + "-" +
         std::to_string(salt % 100000) + ".";
}

PrivateKafka::PrivateKafka() {
  start();
}

PrivateKafka::~PrivateKafka() {
  // Not run_script: a destructor may not throw, and the folder goes away in any case.
  const auto ended = run_command({kScript, "stop", "--delete", "--dir", dir_.path()});
  static_cast<void>(ended);
}

void PrivateKafka::start() {
  const auto line = run_script({"start", "--dir", dir_.path()});
  brokers_ = value_in(read_file(dir_ / "kafka.env"), kVariable);
  if (brokers_.empty()) {
    throw std::runtime_error("scripts/kafka named no address: " + line);
  }
}

void PrivateKafka::stop() {
  run_script({"stop", "--dir", dir_.path()});
}

void PrivateKafka::kill() {
  run_script({"stop", "--kill", "--dir", dir_.path()});
}

}  // namespace cw::test
