// Goal: each verb of `cardwatch feed` asks the notifier for the right thing and shows what it says.
// Method: the whole program in this process, against a listener that notes what it is asked.
#include "cli/app.hpp"
#include "cli/exit_code.hpp"
#include "lib/http/problem.hpp"
#include "lib/http/server.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cw::cli {
namespace {

using cw::test::CertificateKind;

const std::string kFeed =
    R"({"issuer":"jcb-a","state":"paused","set_by":"us","by":"ops-a","reason":null,"pending":2})";

class FeedCommandsTest : public testing::Test {
 protected:
  FeedCommandsTest() : work_(boost::asio::make_work_guard(io_)) {
    static const cw::test::TestCa kCa{{CertificateKind::kServer, "notifier"},
                                      {CertificateKind::kClient, "ops-a"}};
    http::Router router{http::Principals{{{.name = "ops-a", .roles = {"read", "feed"}}}}};
    for (const char* verb : {"pause", "resume", "disable", "probe", "replay", "reconcile"}) {
      take(router, "POST", "/v1/feeds/{issuer}/" + std::string{verb}, "feed");
    }
    take(router, "GET", "/v1/feeds", "read");
    take(router, "GET", "/v1/feeds/{issuer}", "read");
    take(router, "GET", "/v1/feeds/{issuer}/set-aside", "feed");
    take(router, "POST", "/v1/feeds/{issuer}/set-aside/retry", "feed");
    const auto files = kCa.files("notifier");
    auto tls =
        http::TlsContext::load(http::TlsContext::Role::kServer,
                               {files.certificate.string(), files.key.string(), kCa.ca().string()});
    server_ = std::make_unique<http::Server>(
        io_.get_executor(), http::ServerOptions{.name = "fake"}, router, tls.value());
    const auto port = server_->start().value();
    const auto mine = kCa.files("ops-a");
    profile_ = dir_.write("profile.yaml",
                          "notifier:\n  url: https://localhost:" + std::to_string(port) +
                              "\ntls:\n  certificate: " + mine.certificate.string() + "\n  key: " +
                              mine.key.string() + "\n  ca: " + kCa.ca().string() + "\n");
    thread_ = std::thread([this] { io_.run(); });
  }
  ~FeedCommandsTest() override {
    work_.reset();
    io_.stop();
    thread_.join();
  }

  void take(http::Router& router,
            const std::string& method,
            const std::string& path,
            const std::string& role) {
    router.add(
        method,
        path,
        {.role = role},
        [this](const http::Request& request, http::BodyReader& body) -> http::Task<http::Response> {
          auto text = co_await body.read_all(1024);
          asked_ = request.method + " " + request.path;
          for (const auto& [name, value] : request.query.all()) {
            asked_ += " " + name + "=" + value;
          }
          if (text && !text.value().empty()) asked_ += " " + text.value();
          co_return answer_;
        });
  }

  /// Runs `cardwatch feed ARGS...`; stdout and stderr are in out_ and talk_.
  ExitCode run(std::initializer_list<const char*> arguments) {
    const std::string profile = profile_.string();
    std::vector<const char*> argv = {"cardwatch", "--profile", profile.c_str(), "feed"};
    argv.insert(argv.end(), arguments);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = cli::run(static_cast<int>(argv.size()), argv.data());
    out_ = testing::internal::GetCapturedStdout();
    talk_ = testing::internal::GetCapturedStderr();
    return static_cast<ExitCode>(code);
  }

  http::Response answer_ = http::Response::json(200, kFeed);
  std::string asked_;
  std::string out_;
  std::string talk_;

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  cw::test::TempDir dir_;
  std::filesystem::path profile_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

TEST_F(FeedCommandsTest, PauseResumeAndDisableGiveTheReason) {
  EXPECT_EQ(run({"pause", "--issuer", "jcb-a", "--reason", "a move"}), ExitCode::kOk);
  EXPECT_EQ(asked_, R"(POST /v1/feeds/jcb-a/pause {"reason":"a move"})");
  EXPECT_NE(out_.find("jcb-a is paused by ops-a"), std::string::npos) << out_;
  EXPECT_EQ(run({"resume", "--issuer", "jcb-a"}), ExitCode::kOk);
  EXPECT_EQ(asked_, "POST /v1/feeds/jcb-a/resume {}");
  EXPECT_EQ(run({"disable", "--issuer", "jcb-a"}), ExitCode::kOk);
  EXPECT_EQ(asked_, "POST /v1/feeds/jcb-a/disable {}");
}

TEST_F(FeedCommandsTest, ProgramsGetTheAnswerAsItCame) {
  EXPECT_EQ(run({"--output", "json", "pause", "--issuer", "jcb-a"}), ExitCode::kOk);
  EXPECT_NE(out_.find(kFeed), std::string::npos) << out_;
  EXPECT_EQ(run({"--output", "json", "show", "--issuer", "jcb-a"}), ExitCode::kOk);
  EXPECT_NE(out_.find(kFeed), std::string::npos) << out_;
}

TEST_F(FeedCommandsTest, StatusAndShow) {
  EXPECT_EQ(run({"show", "--issuer", "jcb-a"}), ExitCode::kOk);
  EXPECT_EQ(asked_, "GET /v1/feeds/jcb-a");
  EXPECT_NE(out_.find("paused by ops-a"), std::string::npos) << out_;
  answer_ = http::Response::json(200, "[" + kFeed + "]");
  EXPECT_EQ(run({"status"}), ExitCode::kOk);
  EXPECT_EQ(asked_, "GET /v1/feeds");
}

TEST_F(FeedCommandsTest, ReplayNeedsToBeToldFromWhere) {
  EXPECT_EQ(run({"replay", "--issuer", "jcb-a", "--after", "41"}), ExitCode::kOk);
  EXPECT_EQ(asked_, R"(POST /v1/feeds/jcb-a/replay {"after":41})");
  EXPECT_EQ(run({"replay", "--issuer", "jcb-a"}), ExitCode::kUsage);
}

TEST_F(FeedCommandsTest, AProbeThatFailsSaysWhyAndHowToGoOn) {
  EXPECT_EQ(run({"probe", "--issuer", "jcb-a"}), ExitCode::kOk);
  EXPECT_EQ(asked_, "POST /v1/feeds/jcb-a/probe {}");
  EXPECT_NE(out_.find("answered the verification"), std::string::npos) << out_;
  answer_ = http::problem(Errc::kConflict, "the feed is disabled");
  EXPECT_EQ(run({"probe", "--issuer", "jcb-a"}), ExitCode::kDataRefused);
  EXPECT_NE(talk_.find("CONFLICT"), std::string::npos) << talk_;
  EXPECT_NE(talk_.find("the feed is disabled"), std::string::npos) << talk_;
}

TEST_F(FeedCommandsTest, AFeedAtAnotherNotifierSaysSo) {
  answer_ = http::problem(Errc::kFeedNotHere, "this notifier does not serve the issuer");
  EXPECT_EQ(run({"pause", "--issuer", "jcb-a"}), ExitCode::kDataRefused);
  EXPECT_NE(talk_.find("FEED_NOT_HERE"), std::string::npos) << talk_;
  EXPECT_NE(talk_.find("hint"), std::string::npos) << talk_;
}

TEST_F(FeedCommandsTest, AReconciliationThatDoesNotEndEqualHasAnExitCodeOfItsOwn) {
  answer_ = http::Response::json(200,
                                 R"({"through":7,"equal_before":false,"differing":["0a"],
      "repair_batches":1,"repaired_entries":1,"bytes":9,"equal_after":false})");
  EXPECT_EQ(run({"reconcile", "--issuer", "jcb-a"}), ExitCode::kDifferent);
  EXPECT_EQ(asked_, "POST /v1/feeds/jcb-a/reconcile {}");
}

TEST_F(FeedCommandsTest, SetAsideEntriesAreListedAndOfferedAgain) {
  answer_ = http::Response::json(
      200, R"({"issuer":"jcb-a","count":7,"entries":[{"seq":17,"code":"X_Y","op":"UPDT"}]})");
  EXPECT_EQ(run({"set-aside", "list", "--issuer", "jcb-a", "--limit", "1"}), ExitCode::kOk);
  EXPECT_EQ(asked_, "GET /v1/feeds/jcb-a/set-aside limit=1");
  EXPECT_NE(out_.find("X_Y"), std::string::npos) << out_;
  EXPECT_NE(talk_.find("7 are set aside in all"), std::string::npos) << talk_;
  answer_ = http::Response::json(
      200, R"({"issuer":"jcb-a","offered":7,"taken":6,"refused":1,"unsendable":0})");
  EXPECT_EQ(run({"set-aside", "retry", "--issuer", "jcb-a"}), ExitCode::kRowsRefused);
  EXPECT_EQ(asked_, "POST /v1/feeds/jcb-a/set-aside/retry {}");
}

}  // namespace
}  // namespace cw::cli
