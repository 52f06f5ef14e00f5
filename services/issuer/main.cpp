#include "issuer/issuer_service.hpp"
#include "lib/runtime/service.hpp"

int main(int argc, char** argv) {
  return cw::runtime::run_service(
      argc,
      argv,
      {.name = "issuer",
       .about = "The reference issuer: receives the feed of its cards, and misbehaves if told to.",
       .kafka = cw::runtime::Uses::kNo,
       .make = [] { return std::make_unique<cw::issuer::IssuerService>(); }});
}
