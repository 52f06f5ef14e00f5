#include "matcher/matcher_service.hpp"

int main(int argc, char** argv) {
  return cw::runtime::run_service(argc, argv, cw::matcher::MatcherService::spec());
}
