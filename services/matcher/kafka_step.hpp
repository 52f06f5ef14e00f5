#pragma once

#include "lib/kafka/transaction_step.hpp"
#include "matcher/match_step.hpp"
#include "matcher/probe.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cw::matcher {

/// Real topic names, prefix included.
struct Topics {
  std::string exposures = {};
  std::string reports = {};
  std::string control = {};
  std::string matches = {};
  std::string watchlist = {};
  std::string quarantine = {};
};

/// The edge between Kafka and the matching: decodes records, calls the partition's MatchStep,
/// encodes what follows. What cannot be decoded or used goes to quarantine within the same
/// transaction, and the partition goes on.
/// THREAD: as TransactionStep; the counts may be read from any thread.
class KafkaStep : public kafka::TransactionStep {
 public:
  /// `prefix_length` characters at the start of a topic's name are left out in metrics.
  KafkaStep(Topics topics, std::size_t prefix_length, Probe& probe)
      : topics_(std::move(topics)), prefix_length_(prefix_length), probe_(probe) {}

  /// Must be called before the first record: entries go to murmur2(issuer) % `partitions`.
  void set_watchlist_partitions(std::int32_t partitions) { watchlist_partitions_ = partitions; }

  void opened(std::int32_t partition) override;
  void restore(std::span<const kafka::RecordView> records) override;
  void restored(std::int32_t partition) override;
  [[nodiscard]] Status process(std::span<const kafka::RecordView> records,
                               kafka::OutputSink& out) override;
  void committed() override;
  void aborted() override;
  void closed(std::int32_t partition) override;

  [[nodiscard]] std::size_t cards() const noexcept { return cards_; }
  [[nodiscard]] std::size_t unassigned() const noexcept { return unassigned_; }

 private:
  class Emitter;

  struct Partition {
    MatchStep step;
    std::vector<MatchInput> batch;
    bool touched = false;  ///< By the batch in hand.
  };

  [[nodiscard]] Result<MatchInput> decode(const kafka::RecordView& record) const;
  [[nodiscard]] Partition& partition_of(const kafka::RecordView& record);
  void count();

  Topics topics_;
  std::size_t prefix_length_;
  Probe& probe_;
  std::int32_t watchlist_partitions_ = 0;
  std::map<std::int32_t, Partition> partitions_;
  std::map<std::string, std::size_t, std::less<>> in_;   ///< Of the batch in hand, by topic.
  std::map<std::string, std::size_t, std::less<>> out_;  ///< The same of outputs.
  std::vector<Errc> refused_;                            ///< Of the batch in hand.
  std::atomic<std::size_t> cards_{0};
  std::atomic<std::size_t> unassigned_{0};
};

}  // namespace cw::matcher
