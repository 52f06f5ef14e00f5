#pragma once

#include "lib/base/result.hpp"
#include "lib/config/schema.hpp"
#include "lib/http/principals.hpp"
#include "lib/http/tls_context.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cw::runtime {

struct ServiceSpec;

/// The sections that services share. Which of them a service has is said in its ServiceSpec.
struct CommonConfig {
  struct {
    std::string brokers = "localhost:9092";
    std::string topic_prefix = "cardwatch.";
    std::map<std::string, std::string> properties = {};
  } kafka = {};
  struct Address {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
  };
  Address admin = {"127.0.0.1", 9464};
  Address listen = {"127.0.0.1", 8443};
  struct {
    std::uint32_t connections_max = 1024;
    std::chrono::milliseconds header_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds body_timeout = std::chrono::seconds{30};
    std::chrono::milliseconds write_timeout = std::chrono::seconds{30};
    std::chrono::milliseconds idle_timeout = std::chrono::seconds{60};
  } http = {};
  std::string log_level = "info";
  cw::http::TlsFiles tls = {};
  std::vector<config::Item> principal_items = {};
  std::uint32_t io_threads = 2;
  std::chrono::milliseconds stop_timeout = std::chrono::seconds{20};
  std::string ports_file = {};

  [[nodiscard]] std::string topic(std::string_view name) const {
    return kafka.topic_prefix + std::string{name};
  }
  [[nodiscard]] cw::http::Principals principals() const;

  void declare(config::Schema& schema, const ServiceSpec& spec);
};

}  // namespace cw::runtime
