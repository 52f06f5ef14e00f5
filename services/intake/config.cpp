#include "intake/config.hpp"

namespace cw::intake {
namespace {

using config::Bounds;
using config::Required;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kKib = std::uint64_t{1} << 10U;
constexpr std::uint64_t kMib = std::uint64_t{1} << 20U;
constexpr std::uint64_t kGib = std::uint64_t{1} << 30U;

void declare_uploads(config::Schema& schema, UploadLimits& limits) {
  schema.bytes({.key = "uploads.file_bytes_max",
                .about = "Largest exposed file that is taken.",
                .example = "8GiB"},
               Bounds{kKib, 1024 * kGib},
               limits.file_bytes_max);
  schema.bytes({.key = "uploads.reports_bytes_max",
                .about = "Largest CSV of reports that is taken.",
                .example = "256MiB"},
               Bounds{kKib, 16 * kGib},
               limits.reports_bytes_max);
  schema.bytes({.key = "uploads.json_bytes_max",
                .about = "Largest JSON of reports that is taken; it is held in memory.",
                .example = "16MiB"},
               Bounds{kKib, 256 * kMib},
               limits.json_bytes_max);
  schema.number({.key = "uploads.concurrent_max",
                 .about = "Uploads in progress at once; one more is answered with 503.",
                 .example = "32"},
                Bounds<std::uint32_t>{1, 1000},
                limits.concurrent_max);
  schema.number({.key = "uploads.errors_max",
                 .about = "Refused rows that an answer lists; the others are only counted.",
                 .example = "1000"},
                Bounds<std::uint32_t>{1, 100'000},
                limits.errors_max);
  schema.number({.key = "uploads.refused_max",
                 .about = "Refused reports of one upload after which the upload is refused.",
                 .example = "100000"},
                Bounds<std::uint32_t>{1, 1'000'000},
                limits.refused_max);
  schema.duration({.key = "uploads.queue_wait",
                   .about = "How long an upload waits for room in the queue to Kafka.",
                   .example = "30s"},
                  {milliseconds{100}, minutes{5}},
                  limits.queue_wait);
}

void declare_corrections(config::Schema& schema, CorrectionSettings& corrections) {
  schema.flag({.key = "corrections.enabled",
               .about = "Whether this instance relays corrections that move a report to another "
                        "card; one instance of all must.",
               .example = "true"},
              corrections.enabled);
  schema.bytes({.key = "corrections.memory_max",
                .about = "Memory for knowing every report by a hash: about 48 bytes each.",
                .example = "1GiB"},
               Bounds{kMib, 64 * kGib},
               corrections.memory_max);
}

}  // namespace

void Config::declare(config::Schema& schema) {
  schema.text({.key = "intake.instance",
               .about = "Name of this instance among all intakes; two with one name exclude each "
                        "other from writing to control.",
               .example = "0"},
              instance);
  schema.text({.key = "keys.match_key",
               .about = "File with the match key: 64 hexadecimal characters.",
               .example = "/etc/cardwatch/keys/match.key",
               .required = Required::kYes},
              match_key);
  schema.text({.key = "keys.vault_public_key",
               .about = "File with the vault's public key (PEM).",
               .example = "/etc/cardwatch/keys/vault.pub",
               .required = Required::kYes},
              vault_public_key);
  declare_uploads(schema, uploads);
  declare_corrections(schema, corrections);
  schema.number({.key = "queue.records_max",
                 .about = "Records that may wait for Kafka's acknowledgement.",
                 .example = "200000"},
                Bounds<std::uint32_t>{1000, 10'000'000},
                queue_records_max);
  schema.bytes({.key = "queue.bytes_max",
                .about = "Memory of records that wait for Kafka's acknowledgement.",
                .example = "256MiB"},
               Bounds{kMib, 2 * kGib - kKib},
               queue_bytes_max);
  schema.duration({.key = "queue.delivery_timeout",
                   .about = "How long a record may wait for Kafka before the upload fails.",
                   .example = "30s"},
                  {seconds{1}, minutes{10}},
                  delivery_timeout);
}

}  // namespace cw::intake
