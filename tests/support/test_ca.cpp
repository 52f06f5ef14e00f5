#include "support/test_ca.hpp"

#include "support/process.hpp"

#include <stdexcept>
#include <vector>

namespace cw::test {
namespace {

std::string option(CertificateKind kind) {
  switch (kind) {
    case CertificateKind::kServer:
      return "--server";
    case CertificateKind::kClient:
      return "--client";
    case CertificateKind::kExpired:
      return "--expired";
    case CertificateKind::kExpiredServer:
      return "--expired-server";
    case CertificateKind::kWrongName:
      return "--wrong-name";
    case CertificateKind::kStranger:
      return "--stranger";
  }
  throw std::logic_error("unknown CertificateKind");
}

}  // namespace

TestCa::TestCa(std::initializer_list<Wanted> wanted) {
  run(wanted);
}

CertificateFiles TestCa::issue(CertificateKind kind, const std::string& name) {
  run({{kind, name}});
  return files(name);
}

CertificateFiles TestCa::issue(CertificateKind kind,
                               const std::string& name,
                               const Validity& validity) {
  run({{kind, name}}, &validity);
  return files(name);
}

void TestCa::run(std::initializer_list<Wanted> wanted, const Validity* validity) const {
  std::vector<std::string> command{CW_SOURCE_DIR "/scripts/make-test-ca", dir_.path().string()};
  if (validity != nullptr) {
    command.insert(command.end(), {"--valid", validity->from, validity->to});
  }
  for (const auto& [kind, name] : wanted) {
    command.push_back(option(kind));
    command.push_back(name);
  }
  const auto result = run_command(command);
  if (result.status != 0) {
    throw std::runtime_error("scripts/make-test-ca failed: " + result.output);
  }
}

}  // namespace cw::test
