#include "lib/runtime/common_config.hpp"

#include "lib/runtime/service.hpp"

namespace cw::runtime {
namespace {

using config::Property;
using config::Required;
using config::Schema;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

void declare_address(Schema& schema,
                     const std::string& section,
                     const std::string& what,
                     CommonConfig::Address& target) {
  schema.text({.key = section + ".address", .about = "Address of the " + what + "."},
              target.address);
  schema.number({.key = section + ".port", .about = "Its port; 0 takes any free one."},
                config::Bounds<std::uint16_t>{0, 65535},
                target.port);
}

void declare_kafka(Schema& schema, CommonConfig& config) {
  schema.text({.key = "kafka.brokers",
               .about = "Addresses of some brokers, separated by commas.",
               .example = "kafka-1:9092,kafka-2:9092"},
              config.kafka.brokers);
  schema.text({.key = "kafka.topic_prefix", .about = "Put before every topic name."},
              config.kafka.topic_prefix);
  schema.map({.key = "kafka.properties",
              .about = "Any librdkafka properties, as they are called there.",
              .example = "{security.protocol: ssl}"},
             config.kafka.properties);
}

void declare_listener(Schema& schema, CommonConfig& config) {
  declare_address(schema, "listen", "HTTPS listener", config.listen);
  schema.text({.key = "tls.certificate",
               .about = "PEM file with this service's certificate chain.",
               .required = Required::kYes},
              config.tls.certificate);
  schema.text(
      {.key = "tls.key", .about = "PEM file with its private key.", .required = Required::kYes},
      config.tls.key);
  schema.text(
      {.key = "tls.next_certificate",
       .about = "PEM file of the certificate that comes next: each new connection shows the "
                "newest that is valid. The file may come later; SIGHUP reads it."},
      config.tls.next_certificate);
  schema.text({.key = "tls.next_key", .about = "PEM file with the next certificate's key."},
              config.tls.next_key);
  schema.text({.key = "tls.ca",
               .about = "PEM file with the CA that clients and servers must be signed by.",
               .required = Required::kYes},
              config.tls.ca);
  schema.items({.key = "principals",
                .about = "Who may call, by the common name of the client certificate.",
                .example = "[{name: desk-a, roles: [read]}]"},
               {{.name = "name", .about = "common name", .required = Required::kYes},
                {.name = "roles", .about = "what it may do", .many = true},
                {.name = "issuer", .about = "the issuer it speaks for"}},
               config.principal_items);
  auto& http = config.http;
  schema.number({.key = "http.connections_max", .about = "Open connections at once."},
                config::Bounds<std::uint32_t>{1, 100'000},
                http.connections_max);
  schema.duration({.key = "http.header_timeout", .about = "For the handshake, and for a header."},
                  {100ms, 5min},
                  http.header_timeout);
  schema.duration({.key = "http.body_timeout",
                   .about = "Waiting for a body; a second more per 16 KiB received."},
                  {100ms, 1h},
                  http.body_timeout);
  schema.duration({.key = "http.write_timeout", .about = "For writing an answer."},
                  {100ms, 5min},
                  http.write_timeout);
  schema.duration({.key = "http.idle_timeout", .about = "Between two requests."},
                  {100ms, 1h},
                  http.idle_timeout);
}

void declare_runtime(Schema& schema, CommonConfig& config) {
  declare_address(schema, "admin", "plain HTTP listener for metrics and health", config.admin);
  schema.choice({.key = "log.level", .about = "The lowest level that is written."},
                {"debug", "info", "warn", "error"},
                config.log_level);
  schema.number({.key = "runtime.io_threads", .about = "Threads for network and computation."},
                config::Bounds<std::uint32_t>{1, 256},
                config.io_threads);
  schema.duration({.key = "runtime.stop_timeout",
                   .about = "For a clean stop after SIGTERM; then the process ends regardless."},
                  {100ms, 10min},
                  config.stop_timeout);
  schema.text({.key = "runtime.ports_file",
               .about = "File to write the chosen ports to, as JSON, once all listeners are open."},
              config.ports_file);
}

}  // namespace

cw::http::Principals CommonConfig::principals() const {
  std::vector<cw::http::Principal> list;
  for (const config::Item& item : principal_items) {
    const auto& roles = item.texts("roles");
    list.push_back({.name = item.text("name"),
                    .roles = {roles.begin(), roles.end()},
                    .issuer = item.text("issuer")});
  }
  return cw::http::Principals{std::move(list)};
}

void CommonConfig::declare(config::Schema& schema, const ServiceSpec& spec) {
  if (spec.kafka == Uses::kYes) declare_kafka(schema, *this);
  if (spec.listener == Uses::kYes) declare_listener(schema, *this);
  declare_runtime(schema, *this);
}

}  // namespace cw::runtime
