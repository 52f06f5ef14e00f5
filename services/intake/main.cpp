#include "intake/intake_service.hpp"
#include "lib/runtime/service.hpp"

int main(int argc, char** argv) {
  return cw::runtime::run_service(
      argc,
      argv,
      {.name = "intake",
       .about = "Takes in exposed files and fraud reports over HTTPS; card numbers end here.",
       .make = [] { return std::make_unique<cw::intake::IntakeService>(); }});
}
