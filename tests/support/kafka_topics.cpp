#include "lib/kafka/admin.hpp"
#include "support/kafka_fixture.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

namespace cw::test {

std::string fresh_topic(std::string_view name,
                        std::int32_t partitions,
                        const std::map<std::string, std::string>& config) {
  kafka::ClientOptions client;
  client.brokers = shared_brokers();
  client.client_id = "test-topics";
  auto admin = kafka::Admin::create(client);
  if (!admin) {
    throw std::runtime_error("no Kafka admin client: " + admin.error().detail);
  }
  const std::array specs{kafka::TopicSpec{.name = fresh_prefix() + std::string(name),
                                          .partitions = partitions,
                                          .replication = 1,
                                          .config = config}};
  const auto made = admin.value()->create_topics(specs, std::chrono::seconds(15));
  if (!made) {
    throw std::runtime_error("cannot make topic " + specs[0].name + ": " + made.error().detail);
  }
  return specs[0].name;
}

}  // namespace cw::test
