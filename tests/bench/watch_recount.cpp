#include "bench/watch_recount.hpp"

#include "bench/rd.hpp"
#include "lib/crypto/base64.hpp"
#include "lib/crypto/feed_digest.hpp"
#include "lib/domain/card.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <functional>
#include <set>

namespace cw::bench {
namespace {

constexpr int kWaitMs = 30'000;
constexpr std::size_t kSealedBytesMax = 128;

using Take = std::function<void(const rd_kafka_message_t&)>;

std::string_view text_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

/// Every record of the topic up to the ends that it has now; its writer used no transactions.
void read_topic(const Cluster& cluster, const char* name, bool first_only, const Take& take) {
  const auto consumer = rd_consumer(cluster.brokers, 256, {{"group.id", "bench-recount"}});
  const auto topic = cluster.topic(name);
  auto ends = rd_ends(consumer.get(), topic);
  if (first_only) ends.resize(1);
  const RdPartitions list{rd_kafka_topic_partition_list_new(static_cast<int>(ends.size()))};
  std::set<std::int32_t> open;
  for (std::size_t at = 0; at < ends.size(); ++at) {
    if (ends[at] == 0) continue;
    const auto partition = static_cast<std::int32_t>(at);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = 0;
    open.insert(partition);
  }
  rd_check(rd_kafka_assign(consumer.get(), list.get()), "assign");
  while (!open.empty()) {
    const RdMessage message{rd_kafka_consumer_poll(consumer.get(), kWaitMs)};
    if (!message) give_up(topic + ": no record came");
    rd_check(message->err, topic.c_str());
    take(*message);
    const auto end = ends[static_cast<std::size_t>(message->partition)];
    if (message->offset + 1 >= end) open.erase(message->partition);
  }
  rd_kafka_consumer_close(consumer.get());
}

void write_sorted(rapidjson::Writer<rapidjson::StringBuffer>& writer,
                  const rapidjson::Value& value) {
  if (value.IsArray()) {
    writer.StartArray();
    for (const auto& element : value.GetArray()) write_sorted(writer, element);
    writer.EndArray();
  } else if (value.IsObject()) {
    std::map<std::string, const rapidjson::Value*> members;
    for (const auto& member : value.GetObject()) {
      members.emplace(member.name.GetString(), &member.value);
    }
    writer.StartObject();
    for (const auto& [name, member] : members) {
      writer.Key(name.c_str(), static_cast<rapidjson::SizeType>(name.size()));
      write_sorted(writer, *member);
    }
    writer.EndObject();
  } else {
    value.Accept(writer);
  }
}

/// What the issuer gets of a record: `entry` is changed to it.
std::string sent_form(rapidjson::Document& entry, std::string_view pan, std::uint64_t seq) {
  for (const char* name : {"v", "issuer", "card", "sealed", "key"}) entry.RemoveMember(name);
  auto& memory = entry.GetAllocator();
  entry.AddMember(
      "pan",
      rapidjson::Value{pan.data(), static_cast<rapidjson::SizeType>(pan.size()), memory},
      memory);
  entry.AddMember("seq", rapidjson::Value{seq}, memory);
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer{text};
  write_sorted(writer, entry);
  return text.GetString();
}

}  // namespace

WatchRecount::WatchRecount(const Cluster& cluster, const crypto::VaultPrivateKey& vault) {
  read_keys(cluster, vault);
  read_watchlist(cluster);
  for (const auto& [issuer, cards] : cards_) count(issuer, cards);
  cards_.clear();
}

void WatchRecount::read_keys(const Cluster& cluster, const crypto::VaultPrivateKey& vault) {
  read_topic(cluster, "control.v1", /*first_only=*/true, [&](const rd_kafka_message_t& message) {
    rapidjson::Document record;
    record.Parse(static_cast<const char*>(message.payload), message.len);
    if (record.HasParseError() || text_of(record, "kind") != "file_load") return;
    const std::string id{text_of(record, "key")};
    if (openers_.contains(id)) return;
    const auto key = or_give_up(vault.unwrap(text_of(record, "wrapped_key")), "data key");
    openers_.emplace(id, crypto::Opener{key});
  });
}

void WatchRecount::read_watchlist(const Cluster& cluster) {
  read_topic(cluster, "watchlist.v1", /*first_only=*/false, [&](const rd_kafka_message_t& message) {
    const auto partition = static_cast<std::size_t>(message.partition);
    const auto offset = static_cast<std::size_t>(message.offset);
    if (written_ms_.size() <= partition) written_ms_.resize(partition + 1);
    auto& written = written_ms_[partition];
    if (written.size() <= offset) written.resize(offset + 1);
    written[offset] = rd_kafka_message_timestamp(&message, nullptr);

    const std::string key{static_cast<const char*>(message.key), message.key_len};
    const auto issuer = key.substr(0, key.find('/'));
    partitions_[issuer] = message.partition;
    auto& recount = issuers_[issuer];
    recount.newest_seq = offset + 1;
    ++recount.records;
    auto& newest = cards_[issuer][key.substr(key.find('/') + 1)];
    newest.seq = offset + 1;
    newest.value.assign(static_cast<const char*>(message.payload), message.len);
  });
}

void WatchRecount::count(const std::string& issuer, const Cards& cards) {
  auto& recount = issuers_[issuer];
  crypto::FeedDigest digest;
  for (const auto& [card, newest] : cards) {
    rapidjson::Document entry;
    entry.Parse(newest.value.data(), newest.value.size());
    if (entry.HasParseError()) give_up("a watch entry is no JSON");
    if (text_of(entry, "op") == "DELT") continue;
    auto& opener = openers_.at(std::string{text_of(entry, "key")});
    const auto sealed = crypto::base64url_decode(text_of(entry, "sealed"), kSealedBytesMax);
    if (!sealed) give_up("a sealed number is no base64url");
    const auto ref = or_give_up(CardRef::from_hex(card), "card");
    const auto pan = or_give_up(opener.open(*sealed, ref), "sealed number");
    digest.add_entry(sent_form(entry, pan.reveal(), newest.seq));
    ++recount.entries;
  }
  recount.sum = digest.hex();
}

std::int64_t WatchRecount::written_ms(const std::string& issuer, std::uint64_t seq) const {
  const auto partition = partitions_.find(issuer);
  if (partition == partitions_.end() || seq == 0) return 0;
  const auto& written = written_ms_[static_cast<std::size_t>(partition->second)];
  return seq <= written.size() ? written[seq - 1] : 0;
}

}  // namespace cw::bench
