// Runs the scaffold as a process: signals, exit codes and files cannot be tested from inside.
#include "lib/http/blocking.hpp"
#include "lib/http/client.hpp"
#include "support/process.hpp"
#include "support/test_ca.hpp"
#include "support/wait.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <regex>

namespace cw::runtime {
namespace {

using namespace std::chrono_literals;

const std::string kProgram = CW_BUILD_DIR "/tests/runtime_probe_service";

class RunServiceTest : public testing::Test {
 protected:
  RunServiceTest() {
    using Kind = test::CertificateKind;
    ca_.issue(Kind::kServer, "probe");
    ca_.issue(Kind::kClient, "desk-a");
    config_ = dir_.write("probe.yaml",
                         "tls:\n  certificate: " + ca_.files("probe").certificate.string() +
                             "\n  key: " + ca_.files("probe").key.string() +
                             "\n  ca: " + ca_.ca().string() +
                             "\nlisten: {port: 0}\nadmin: {port: 0}\n"
                             "principals: [{name: desk-a, roles: [read]}]\n"
                             "runtime: {ports_file: " +
                             ports().string() + "}\n");
  }

  [[nodiscard]] std::filesystem::path ports() const { return dir_ / "ports.json"; }
  [[nodiscard]] std::filesystem::path log() const { return dir_ / "log"; }
  [[nodiscard]] bool logged(const std::string& text) const {
    return test::read_file(log()).find(text) != std::string::npos;
  }

  test::Process start(std::vector<std::string> extra = {}) {
    std::vector<std::string> command = {kProgram, "--config", config_.string()};
    command.insert(command.end(), extra.begin(), extra.end());
    test::Process process(command, {.environment = {}, .output = log()});
    EXPECT_TRUE(test::wait_until([&] {
      return std::filesystem::exists(ports()) || !process.running();
    })) << test::read_file(log());
    return process;
  }

  static test::CommandResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), kProgram);
    return test::run_command(arguments);
  }

  std::uint16_t port(const std::string& listener) const {
    const std::string text = test::read_file(ports());
    std::smatch match;
    const bool found = std::regex_search(text, match, std::regex("\"" + listener + "\":([0-9]+)"));
    return found ? static_cast<std::uint16_t>(std::stoi(match[1])) : std::uint16_t{0};
  }

  Result<http::ClientResponse> send(const std::string& method,
                                    const std::string& listener,
                                    const std::string& target) {
    const auto mine = ca_.files("desk-a");
    auto tls = http::TlsContext::load(http::TlsContext::Role::kClient,
                                      {mine.certificate, mine.key, ca_.ca()});
    boost::asio::io_context io;
    http::Client client(io.get_executor(), std::move(tls).value());
    http::ClientRequest request{.method = method,
                                .url = {.tls = listener == "listen",
                                        .host = "127.0.0.1",
                                        .port = port(listener),
                                        .target = target},
                                .private_addresses = http::PrivateAddresses::kAllow};
    return http::run_blocking(io, client.send(std::move(request)));
  }

  test::TempDir dir_;
  test::TestCa ca_;
  std::filesystem::path config_;
};

TEST_F(RunServiceTest, ServesItsRoutesMetricsAndHealthAndStopsCleanlyOnSigterm) {
  auto process = start({"--set", "probe.greeting=good day"});

  EXPECT_EQ(send("GET", "listen", "/hello").value().body, "good day");
  EXPECT_EQ(send("GET", "admin", "/livez").value().status, 200);
  EXPECT_EQ(send("GET", "admin", "/readyz?verbose").value().body, "[+]probe ok\nok\n");
  const std::string metrics = send("GET", "admin", "/metrics").value().body;
  EXPECT_NE(metrics.find("cardwatch_build_info{service=\"probe\""), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("cardwatch_certificate_expires_seconds"), std::string::npos);
  EXPECT_EQ(process.stop(), 0);
  EXPECT_TRUE(logged("probe_stopped"));
  EXPECT_TRUE(logged("\"event\":\"stopped\""));
}

TEST_F(RunServiceTest, ReloadsOnSighupAndGoesOn) {
  auto process = start();

  process.send_signal(SIGHUP);

  EXPECT_TRUE(test::wait_until([this] { return logged("probe_reloaded"); }));
  EXPECT_EQ(send("GET", "listen", "/hello").value().status, 200);
  EXPECT_EQ(process.stop(), 0);
}

TEST_F(RunServiceTest, TheSecondSignalEndsItAtOnce) {
  auto process = start({"--set", "probe.hang_stop=true"});
  process.send_signal(SIGTERM);
  ASSERT_TRUE(test::wait_until([this] { return logged("\"event\":\"stopping\""); }));
  // The listener stops before the service hangs; only then is the second signal the fast way.
  ASSERT_TRUE(test::wait_until([this] { return !send("GET", "listen", "/hello").has_value(); }));

  process.send_signal(SIGTERM);

  EXPECT_EQ(process.wait(5s), 128 + SIGTERM);
}

TEST_F(RunServiceTest, AStopThatHangsIsEndedByItsDeadline) {
  auto process = start({"--set", "probe.hang_stop=true", "--set", "runtime.stop_timeout=300ms"});

  EXPECT_EQ(process.stop(10s), 70);
  EXPECT_TRUE(logged("stop_timeout"));
}

TEST_F(RunServiceTest, AFatalErrorStopsItWithTheCodeForRestarts) {
  auto process = start();

  EXPECT_EQ(send("POST", "listen", "/fail").value().status, 202);

  EXPECT_EQ(process.wait(), 70);
  EXPECT_TRUE(logged("FENCED"));
  EXPECT_TRUE(logged("probe_stopped"));
}

TEST_F(RunServiceTest, AnExceptionOutsideOfARequestIsFatalToo) {
  auto process = start();

  EXPECT_EQ(send("POST", "listen", "/throw").value().status, 202);

  EXPECT_EQ(process.wait(), 70);
  EXPECT_TRUE(logged("outside of a request"));
}

TEST_F(RunServiceTest, ExitCodesTellWhatIsWrong) {
  EXPECT_EQ(run({"--no-such-flag"}).status, 64);
  EXPECT_EQ(run({}).status, 78) << "tls is required";
  EXPECT_EQ(run({"--config", "/nowhere.yaml"}).status, 78);
  const auto unknown = run({"--config", config_, "--set", "probe.greting=x"});
  EXPECT_EQ(unknown.status, 78);
  EXPECT_NE(unknown.output.find("did you mean 'probe.greeting'?"), std::string::npos);
  EXPECT_NE(unknown.output.find("Hint: "), std::string::npos);
  EXPECT_EQ(run({"--config", config_, "--set", "probe.fail_start=true"}).status, 78);
  EXPECT_EQ(run({"--config", config_, "--set", "tls.key=/nowhere.key"}).status, 78);
}

TEST_F(RunServiceTest, APortInUseIsUnavailable) {
  const auto process = start();
  const std::string taken = "admin.port=" + std::to_string(port("admin"));

  EXPECT_EQ(run({"--config", config_, "--set", taken}).status, 69);
}

TEST_F(RunServiceTest, PrintsItsConfigurationWithoutSecrets) {
  const auto printed = run({"--config", config_, "--set", "probe.token=hunter2", "--print-config"});

  EXPECT_EQ(printed.status, 0);
  EXPECT_EQ(printed.output.find("hunter2"), std::string::npos) << printed.output;
  EXPECT_NE(printed.output.find("token: (redacted)  # --set"), std::string::npos);
  EXPECT_NE(printed.output.find("greeting: \"hello\"  # default"), std::string::npos);
  EXPECT_NE(run({"--config-reference"}).output.find("| `admin.port` |"), std::string::npos);
  EXPECT_NE(run({"--version"}).output.find("cardwatch-probe "), std::string::npos);
  EXPECT_EQ(run({"--help"}).status, 0);
}

TEST_F(RunServiceTest, LeavesNoCoreDump) {
  auto process = start();

  const std::string limits = test::read_file("/proc/" + std::to_string(process.pid()) + "/limits");

  EXPECT_TRUE(std::regex_search(limits, std::regex("Max core file size +0 +0 ")));
}

}  // namespace
}  // namespace cw::runtime
