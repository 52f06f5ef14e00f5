#include "matcher/probe.hpp"

namespace cw::matcher {

Probe::Probe(telemetry::Registry& registry)
    : in_(registry.counters({"cardwatch_matcher_records_in_total",
                             "Input records in committed transactions.",
                             {"topic"}})),
      out_(registry.counters({"cardwatch_matcher_records_out_total",
                              "Output records in committed transactions.",
                              {"topic"}})),
      quarantined_(registry.counters({"cardwatch_matcher_quarantined_total",
                                      "Input records that could not be used, by reason.",
                                      {"code"}})),
      transactions_(registry.counters({"cardwatch_matcher_transactions_total",
                                       "Transactions by how they ended.",
                                       {"outcome"}})),
      process_seconds_(registry.histogram("cardwatch_matcher_process_seconds",
                                          "Decoding, matching and writing of one batch.")),
      commit_seconds_(registry.histogram("cardwatch_matcher_commit_seconds",
                                         "Sending offsets and committing one transaction.")),
      newest_age_(registry.gauge(
          "cardwatch_matcher_newest_record_age_seconds",
          "Age of the newest record of the last committed batch when it was committed.")),
      rebalances_(registry.gauge("cardwatch_matcher_rebalances",
                                 "Assignments taken by the lanes, since the start.")),
      cards_(registry.gauge("cardwatch_matcher_cards", "Cards held in memory.")),
      unassigned_(registry.gauge("cardwatch_matcher_unassigned_cards",
                                 "Exposed cards whose number lies in no issuer's range.")),
      lag_(registry.gauge("cardwatch_matcher_lag_records",
                          "Input records on the broker that are not yet processed.")),
      restore_remaining_(registry.gauge("cardwatch_matcher_restore_remaining_records",
                                        "Records still to be folded before processing goes on.")),
      poisoned_(registry.gauge("cardwatch_matcher_poisoned",
                               "Lanes that hold because too much of a topic cannot be used.")),
      partitions_(registry.gauge("cardwatch_matcher_partitions", "Partitions assigned.")),
      recreations_(registry.gauge("cardwatch_matcher_producer_recreations",
                                  "Producers replaced after a doubtful or broken transaction, "
                                  "since the start.")) {}

void Probe::records_in(std::string_view topic, std::size_t count) {
  in_.with({std::string{topic}}).add(static_cast<double>(count));
}

void Probe::records_out(std::string_view topic, std::size_t count) {
  out_.with({std::string{topic}}).add(static_cast<double>(count));
}

void Probe::quarantined(Errc code) {
  quarantined_.with({std::string{name(code)}}).add();
}

void Probe::transaction(std::string_view outcome) {
  transactions_.with({std::string{outcome}}).add();
}

void Probe::processed(std::chrono::nanoseconds took) {
  process_seconds_.observe(std::chrono::duration<double>(took).count());
}

void Probe::committed(std::chrono::nanoseconds took, double newest_age_seconds) {
  commit_seconds_.observe(std::chrono::duration<double>(took).count());
  newest_age_.set(newest_age_seconds);
}

}  // namespace cw::matcher
