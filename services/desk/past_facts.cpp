#include "desk/past_facts.hpp"

#include "lib/codec/fact_block.hpp"
#include "lib/kafka/tail_reader.hpp"

#include <span>
#include <utility>
#include <vector>

namespace cw::desk {

Result<std::shared_ptr<const MatchView>> read_past_facts(const kafka::ClientOptions& client,
                                                         const std::string& topic,
                                                         const Offsets& until,
                                                         std::chrono::milliseconds wait) {
  const auto past = std::make_shared<MatchView>();
  kafka::TailOptions options;
  options.topics = {topic};
  options.on_batch = [&](std::span<const kafka::RecordView> batch) {
    std::vector<codec::FactMessage> messages;
    for (const auto& record : batch) {
      const auto end = until.find(record.partition);
      if (end == until.end() || record.offset >= end->second) continue;
      static_cast<void>(codec::decode_facts(
          record.value, [&](codec::FactMessage&& fact) { messages.push_back(std::move(fact)); }));
    }
    past->apply(messages, {});
  };
  auto reader = kafka::TailReader::start(client, std::move(options));
  if (!reader) return reader.error();
  const auto read = reader.value()->wait_caught_up(wait);
  reader.value()->stop();
  if (!read) return Error{Errc::kUnavailable, "matches.v1 could not be read again in time"};
  return std::shared_ptr<const MatchView>{past};
}

}  // namespace cw::desk
