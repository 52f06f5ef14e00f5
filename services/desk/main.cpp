#include "desk/desk_service.hpp"
#include "lib/runtime/service.hpp"

int main(int argc, char** argv) {
  return cw::runtime::run_service(
      argc,
      argv,
      {.name = "desk",
       .about =
           "Control of incidents, issuers and scope; counts for any day, as known at any time.",
       .make = [] { return std::make_unique<cw::desk::DeskService>(); }});
}
