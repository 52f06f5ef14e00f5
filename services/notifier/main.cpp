#include "notifier/notifier_service.hpp"

int main(int argc, char** argv) {
  return cw::runtime::run_service(argc, argv, cw::notifier::NotifierService::spec());
}
