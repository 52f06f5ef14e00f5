#include "issuer/views.hpp"

#include "lib/codec/json_writer.hpp"

namespace cw::issuer {
namespace {

void write(codec::JsonWriter& writer, const WatchReason& reason) {
  writer.begin_object()
      .string("incident", reason.incident.get())
      .string("file", reason.file.get())
      .string("level", text(reason.level))
      .number("scope_revision", reason.scope_revision)
      .string("since", format_day(reason.since))
      .string("at_risk_from", format_day(reason.at_risk_from))
      .string("at_risk_to", format_day(reason.at_risk_to))
      .end_object();
}

void write(codec::JsonWriter& writer, const HeldCard& card) {
  writer.begin_object()
      .number("seq", card.seq)
      .string("pan", card.masked_pan)
      .string("expiry", card.expiry.text())
      .string("level", text(card.level));
  if (card.watch_from) {
    writer.string("watch_from", format_day(*card.watch_from));
  } else {
    writer.null("watch_from");
  }
  writer.begin_array("incidents");
  for (const WatchReason& reason : card.reasons) write(writer, reason);
  writer.end_array().end_object();
}

/// How many were equal and different when they were compared last.
void write_buckets(codec::JsonWriter& writer, const std::optional<std::size_t>& differing) {
  if (!differing) {
    writer.null("buckets");
    return;
  }
  writer.begin_object("buckets")
      .number("equal", std::uint64_t{crypto::kBuckets - *differing})
      .number("different", std::uint64_t{*differing})
      .end_object();
}

}  // namespace

std::string issuers_json(const std::vector<InboxFigures>& issuers) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_array();
  for (const InboxFigures& issuer : issuers) {
    writer.begin_object()
        .string("issuer", issuer.issuer)
        .number("entries", issuer.entries)
        .number("epoch", issuer.epoch)
        .number("through", issuer.through)
        .number("applied_through", issuer.applied_through)
        .string("digest", issuer.digest)
        .number("batches", issuer.batches)
        .number("duplicates", issuer.duplicates)
        .number("gaps", issuer.gaps)
        .number("refused", issuer.refused)
        .number("verifications", issuer.verifications)
        .number("notices", issuer.notices)
        .number("snapshots", issuer.snapshots)
        .number("repairs", issuer.repairs)
        .number("repaired_cards", issuer.repaired)
        .number("answers", issuer.answers)
        .number("journal_bytes", issuer.journal_bytes);
    write_buckets(writer, issuer.differing_buckets);
    writer.begin_object("order")
        .number("older_entries", issuer.older_entries)
        .number("repeated_entries", issuer.repeated_entries)
        .number("old_batches", issuer.old)
        .end_object()
        .end_object();
  }
  writer.end_array();
  return out;
}

std::string cards_json(const std::vector<HeldCard>& cards, bool more) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().begin_array("cards");
  for (const HeldCard& card : cards) write(writer, card);
  writer.end_array();
  if (more && !cards.empty()) {
    writer.number("next", cards.back().seq);
  } else {
    writer.null("next");
  }
  writer.end_object();
  return out;
}

std::string forgotten_json(std::size_t cards) {
  std::string out;
  codec::JsonWriter{out}.begin_object().number("forgotten", std::uint64_t{cards}).end_object();
  return out;
}

}  // namespace cw::issuer
