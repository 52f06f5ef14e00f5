// The service that run_service_test.cpp starts as a process of its own.
#include "lib/runtime/service.hpp"
#include "lib/telemetry/logger.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <future>
#include <thread>

namespace {

class ProbeService final : public cw::runtime::Service {
 public:
  void declare(cw::config::Schema& schema) override {
    schema.text({.key = "probe.greeting", .about = "What /hello answers."}, greeting_);
    schema.text({.key = "probe.token", .about = "A secret.", .secret = cw::config::Secret::kYes},
                token_);
    schema.flag({.key = "probe.fail_start", .about = "Refuse to start."}, fail_start_);
    schema.flag({.key = "probe.hang_stop", .about = "Never stop."}, hang_stop_);
  }

  cw::Status start(cw::runtime::Context& context) override {
    using cw::http::BodyReader;
    using cw::http::Request;
    using cw::http::Response;
    using cw::http::Task;
    if (fail_start_) return cw::Error{cw::Errc::kKeyInvalid, "the match key is too short"};
    context.health.add_readiness("probe", []() -> cw::Status { return cw::Ok{}; });
    context.router.add(
        "GET", "/hello", {.role = "read"}, [this](const Request&, BodyReader&) -> Task<Response> {
          co_return Response::text(200, greeting_);
        });
    context.router.add("POST",
                       "/fail",
                       {.role = "read"},
                       [&context](const Request&, BodyReader&) -> Task<Response> {
                         context.fail({cw::Errc::kFenced, "asked to"});
                         co_return Response::empty(202);
                       });
    context.router.add("POST",
                       "/throw",
                       {.role = "read"},
                       [&context](const Request&, BodyReader&) -> Task<Response> {
                         boost::asio::post(
                             context.io, [] { throw std::runtime_error("outside of a request"); });
                         co_return Response::empty(202);
                       });
    return cw::Ok{};
  }

  void stop() override {
    if (hang_stop_) std::promise<void>{}.get_future().wait();
    cw::telemetry::Logger{"probe"}.info("probe_stopped", "The probe has stopped");
  }

  void reload() override {
    cw::telemetry::Logger{"probe"}.info("probe_reloaded", "The probe has reloaded");
  }

 private:
  std::string greeting_ = "hello";
  std::string token_;
  bool fail_start_ = false;
  bool hang_stop_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  return cw::runtime::run_service(argc,
                                  argv,
                                  {.name = "probe",
                                   .about = "Does nothing, for the tests of the scaffold.",
                                   .kafka = cw::runtime::Uses::kNo,
                                   .make = [] { return std::make_unique<ProbeService>(); }});
}
