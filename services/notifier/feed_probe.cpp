#include "notifier/feed_probe.hpp"

#include <array>

namespace cw::notifier {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"enabled", "paused", "disabled", "held"};
constexpr double kUnknown = -1;
constexpr std::array<double, 12> kScopeSeconds = {
    0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14'400, 86'400};

}  // namespace

FeedProbe::FeedProbe(telemetry::Registry& metrics)
    : deliveries_(metrics.counters({"cardwatch_notifier_deliveries_total",
                                    "Pushes that ended, by outcome.",
                                    {"issuer", "outcome"}})),
      retries_(metrics.counters({"cardwatch_notifier_delivery_retries_total",
                                 "Pushes of a batch that had been pushed before.",
                                 {"issuer"}})),
      delivered_(metrics.counters({"cardwatch_notifier_delivered_entries_total",
                                   "Entries that the issuer accepted.",
                                   {"issuer"}})),
      set_aside_(metrics.counters({"cardwatch_notifier_set_aside_entries_total",
                                   "Entries passed over: refused alone, or not sendable.",
                                   {"issuer"}})),
      rejected_(metrics.counters({"cardwatch_notifier_rejected_entries_total",
                                  "Entries that the issuer's answers list as rejected.",
                                  {"issuer"}})),
      mismatches_(metrics.counters({"cardwatch_notifier_digest_mismatches_total",
                                    "Times that the issuer was found to hold something else.",
                                    {"issuer"}})),
      rewinds_(metrics.counters({"cardwatch_notifier_rewinds_total",
                                 "Times that the cursor was put back, by a gap or an order.",
                                 {"issuer"}})),
      never_sent_(metrics.counters({"cardwatch_notifier_acks_never_sent_total",
                                    "Acknowledgements of entries that were never sent.",
                                    {"issuer"}})),
      unreadable_(metrics.counters({"cardwatch_notifier_unreadable_records_total",
                                    "Records passed over because they could not be read.",
                                    {"topic"}})),
      scope_accepted_(metrics.histograms(
          {"cardwatch_notifier_scope_accepted_seconds",
           "From the approval of a scope revision until a batch of its entries was accepted.",
           {"issuer"}},
          {kScopeSeconds.begin(), kScopeSeconds.end()})),
      scope_applied_(metrics.histograms(
          {"cardwatch_notifier_scope_applied_seconds",
           "From the approval of a scope revision until a batch of its entries was applied.",
           {"issuer"}},
          {kScopeSeconds.begin(), kScopeSeconds.end()})),
      seconds_(metrics.histograms({"cardwatch_notifier_delivery_seconds",
                                   "From the start of a push to its outcome.",
                                   {"issuer"}})),
      entries_(metrics.gauges(
          {"cardwatch_notifier_entries", "Cards on the issuer's list.", {"issuer"}})),
      pending_(metrics.gauges({"cardwatch_notifier_pending_entries",
                               "Entries that the issuer has not been given yet.",
                               {"issuer"}})),
      held_(metrics.gauges(
          {"cardwatch_notifier_held_entries",
           "Those of them that wait because the feed is paused, disabled or without an endpoint.",
           {"issuer"}})),
      coalesced_(metrics.gauges({"cardwatch_notifier_coalesced_entries",
                                 "Entries superseded before they were sent, ever.",
                                 {"issuer"}})),
      set_aside_now_(
          metrics.gauges({"cardwatch_notifier_set_aside", "Entries set aside now.", {"issuer"}})),
      oldest_(metrics.gauges({"cardwatch_notifier_oldest_undelivered_seconds",
                              "Age of the oldest of them; 0 if there is none.",
                              {"issuer"}})),
      failures_(metrics.gauges({"cardwatch_notifier_failures_in_row",
                                "Failed deliveries since the last good one.",
                                {"issuer"}})),
      circuit_(metrics.gauges(
          {"cardwatch_notifier_circuit_open", "1 if the feed's circuit is open.", {"issuer"}})),
      state_(metrics.gauges({"cardwatch_notifier_feed_state",
                             "1 for the state that the feed is in.",
                             {"issuer", "state"}})),
      digest_equal_(metrics.gauges({"cardwatch_notifier_digest_equal",
                                    "1 if the issuer holds what was delivered, 0 if it does not, "
                                    "-1 if that cannot be said now.",
                                    {"issuer"}})) {}

void FeedProbe::delivery(const IssuerId& issuer, std::string_view outcome, double seconds) const {
  deliveries_.with({issuer.get(), std::string{outcome}}).add();
  seconds_.with({issuer.get()}).observe(seconds);
}

void FeedProbe::retry(const IssuerId& issuer) const {
  retries_.with({issuer.get()}).add();
}

void FeedProbe::delivered(const IssuerId& issuer, std::size_t entries) const {
  delivered_.with({issuer.get()}).add(static_cast<double>(entries));
}

void FeedProbe::set_aside(const IssuerId& issuer) const {
  set_aside_.with({issuer.get()}).add();
}

void FeedProbe::rejected(const IssuerId& issuer, std::size_t entries) const {
  rejected_.with({issuer.get()}).add(static_cast<double>(entries));
}

void FeedProbe::digest_mismatch(const IssuerId& issuer) const {
  mismatches_.with({issuer.get()}).add();
}

void FeedProbe::rewind(const IssuerId& issuer) const {
  rewinds_.with({issuer.get()}).add();
}

void FeedProbe::never_sent(const IssuerId& issuer) const {
  never_sent_.with({issuer.get()}).add();
}

void FeedProbe::scope_accepted(const IssuerId& issuer, double seconds) const {
  scope_accepted_.with({issuer.get()}).observe(seconds);
}

void FeedProbe::scope_applied(const IssuerId& issuer, double seconds) const {
  scope_applied_.with({issuer.get()}).observe(seconds);
}

void FeedProbe::unreadable(std::string_view topic) const {
  unreadable_.with({std::string{topic}}).add();
}

void FeedProbe::show(const std::vector<FeedStatus>& feeds) const {
  for (const FeedStatus& feed : feeds) {
    const std::string& issuer = feed.delivery.state.issuer.get();
    entries_.with({issuer}).set(static_cast<double>(feed.figures.entries));
    pending_.with({issuer}).set(static_cast<double>(feed.figures.pending));
    const bool stands = state_text(feed.delivery) != "enabled";
    held_.with({issuer}).set(stands ? static_cast<double>(feed.figures.pending) : 0);
    coalesced_.with({issuer}).set(static_cast<double>(feed.figures.coalesced));
    set_aside_now_.with({issuer}).set(static_cast<double>(feed.figures.set_aside));
    oldest_.with({issuer}).set(static_cast<double>(feed.oldest_undelivered_seconds));
    failures_.with({issuer}).set(static_cast<double>(feed.delivery.state.failures));
    circuit_.with({issuer}).set(feed.delivery.circuit_open ? 1 : 0);
    digest_equal_.with({issuer}).set(feed.digest_equal ? (*feed.digest_equal ? 1 : 0) : kUnknown);
    const std::string_view state = state_text(feed.delivery);
    for (const std::string_view name : kStates) {
      state_.with({issuer, std::string{name}}).set(name == state ? 1 : 0);
    }
  }
}

}  // namespace cw::notifier
