#include "notifier/notifier_config.hpp"

#include "lib/codec/feed_batch.hpp"

namespace cw::notifier {
namespace {

using config::Required;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

// JWE makes a third more of it, and must stay below its own bound of 16 MiB.
constexpr std::uint64_t kBatchBytesMax = 8U << 20U;

void declare_keys(config::Schema& schema, NotifierConfig& config) {
  schema.number<std::uint32_t>(
      {.key = "feed.epoch",
       .about = "Raise it by one when watchlist.v1 was made anew: every issuer is then sent all of "
                "its entries again.",
       .example = "1"},
      {1, 1'000'000},
      config.epoch);
  schema.text({.key = "keys.vault_key_file",
               .about = "PEM file of the vault's private key, which opens the exposed files' data "
                        "keys.",
               .example = "/etc/cardwatch/vault.key",
               .required = Required::kYes},
              config.vault_key_file);
  schema.text({.key = "keys.secrets_dir",
               .about = "Folder with the issuers' signing secrets; control names the file of each.",
               .example = "/etc/cardwatch/secrets",
               .required = Required::kYes},
              config.secrets_dir);
}

void declare_store(config::Schema& schema, StoreConfig& store) {
  schema.text({.key = "feed.state_dir",
               .about = "Folder for the issuers' lists on local disk, of this instance alone: a "
                        "restart then reads only what is new. Empty: they are kept in memory and "
                        "read anew at each start, which is for small lists.",
               .example = "/var/lib/cardwatch/notifier"},
              store.folder);
  schema.duration(
      {.key = "feed.state_save_interval",
       .about = "How often they are made durable; a crash costs reading again what came "
                "since.",
       .example = "10s"},
      {milliseconds{100}, hours{1}},
      store.save_interval);
  schema.text({.key = "feed.group",
               .about = "Consumer group, after the topic prefix; all notifiers of a cluster share "
                        "it, and each serves the issuers of its partitions of the watchlist.",
               .example = "notifier"},
              store.group);
  schema.text({.key = "feed.instance",
               .about = "Stable name of this process within the group, e.g. its ordinal; a restart "
                        "within feed.session_timeout then moves no issuers. Two processes of one "
                        "name end each other. Empty: no name.",
               .example = "0"},
              store.instance);
  schema.duration({.key = "feed.session_timeout",
                   .about = "How long an instance may be away before others serve its issuers.",
                   .example = "45s"},
                  {milliseconds{1000}, minutes{10}},
                  store.session_timeout);
}

void declare_push_tls(config::Schema& schema, http::TlsFiles& tls) {
  schema.text({.key = "push.certificate",
               .about = "PEM file of the certificate shown to issuers; default: tls.certificate.",
               .example = "/etc/cardwatch/push.pem"},
              tls.certificate);
  schema.text({.key = "push.key",
               .about = "PEM file of its private key; default: tls.key.",
               .example = "/etc/cardwatch/push.key"},
              tls.key);
  schema.text({.key = "push.next_certificate",
               .about = "As tls.next_certificate, for push.certificate.",
               .example = "/etc/cardwatch/push-next.pem"},
              tls.next_certificate);
  schema.text({.key = "push.next_key",
               .about = "PEM file of the private key of push.next_certificate.",
               .example = "/etc/cardwatch/push-next.key"},
              tls.next_key);
  schema.text({.key = "push.ca",
               .about = "PEM file of the authorities that issuers' endpoints must be signed by; "
                        "default: tls.ca.",
               .example = "/etc/cardwatch/issuers-ca.pem"},
              tls.ca);
}

void declare_batches(config::Schema& schema, PushConfig& push) {
  schema.number<std::uint32_t>(
      {.key = "push.batch_entries_max",
       .about = "Entries in one batch at most; an issuer's own batch_max may be smaller.",
       .example = "500"},
      {1, static_cast<std::uint32_t>(codec::kBatchEntriesMax)},
      push.batch_entries_max);
  schema.bytes({.key = "push.batch_bytes_max",
                .about = "Bytes of the clear text of one batch at most.",
                .example = "1MiB"},
               {64U << 10U, kBatchBytesMax},
               push.batch_bytes_max);
  schema.flag({.key = "push.verify_at_start",
               .about = "Begin each feed with a verification: its answer tells what an earlier "
                        "process sent just before it ended, which is then not sent again."},
              push.verify_at_start);
  schema.number<std::uint32_t>(
      {.key = "push.circuit_failures",
       .about = "Failed deliveries in a row after which a feed's circuit shows as open.",
       .example = "5"},
      {1, 1000},
      push.circuit_failures);
  schema.number<std::uint32_t>(
      {.key = "push.refused_in_row_max",
       .about = "Entries refused one after another that are passed over to see whether a later one "
                "is accepted; after that the endpoint counts as refusing everything.",
       .example = "5"},
      {1, 1000},
      push.refused_in_row_max);
}

void declare_pauses(config::Schema& schema, PushConfig& push) {
  schema.duration({.key = "push.backoff_base",
                   .about = "Longest pause after the first failed delivery; it doubles with each.",
                   .example = "1s"},
                  {milliseconds{1}, hours{1}},
                  push.backoff_base);
  schema.duration(
      {.key = "push.backoff_max", .about = "Longest pause between two attempts.", .example = "5m"},
      {milliseconds{1}, hours{24}},
      push.backoff_max);
  schema.duration({.key = "push.retry_after_max",
                   .about = "The longest Retry-After that is honoured.",
                   .example = "24h"},
                  {milliseconds{0}, hours{24 * 30}},
                  push.retry_after_max);
  schema.duration({.key = "push.save_interval",
                   .about = "How often the cursor of an issuer that tells accepted_through is "
                            "saved while batches follow each other, and how long after the last "
                            "one; it is also saved before any pause. That of other issuers is "
                            "saved with every batch.",
                   .example = "1s"},
                  {milliseconds{0}, minutes{1}},
                  push.save_interval);
  schema.duration({.key = "push.recheck",
                   .about = "Pause before a look whether what paused a feed (a key, a certificate) "
                            "is mended, and before another attempt to save a cursor.",
                   .example = "30s"},
                  {milliseconds{1}, hours{1}},
                  push.recheck);
  schema.duration({.key = "push.stop_grace",
                   .about = "How long a delivery under way may go on when the service stops.",
                   .example = "10s"},
                  {milliseconds{0}, minutes{10}},
                  push.stop_grace);
}

void declare_deadlines(config::Schema& schema, PushConfig& push) {
  const auto limit = [&schema](std::string name, std::string about, milliseconds& target) {
    schema.duration({.key = "push." + std::move(name), .about = std::move(about)},
                    {milliseconds{1}, minutes{10}},
                    target);
  };
  limit("resolve_timeout", "For finding the endpoint's address.", push.resolve_timeout);
  limit("connect_timeout", "For connecting to it.", push.connect_timeout);
  limit("handshake_timeout", "For the TLS handshake.", push.handshake_timeout);
  limit("write_timeout", "For each write of the request.", push.write_timeout);
  limit("response_timeout",
        "From the end of the request to the end of the answer.",
        push.response_timeout);
  limit("idle_timeout", "How long an unused connection is kept open.", push.idle_timeout);
  schema.bytes({.key = "push.response_bytes_max",
                .about = "Bytes of an answer's body at most.",
                .example = "1MiB"},
               {1U << 10U, 16U << 20U},
               push.response_bytes_max);
}

}  // namespace

void declare(config::Schema& schema, NotifierConfig& config) {
  declare_keys(schema, config);
  declare_store(schema, config.store);
  declare_push_tls(schema, config.tls);
  declare_batches(schema, config.push);
  declare_pauses(schema, config.push);
  declare_deadlines(schema, config.push);
  declare(schema, config.pull);
  declare(schema, config.reconcile);
}

}  // namespace cw::notifier
