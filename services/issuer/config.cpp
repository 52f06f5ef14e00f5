#include "issuer/config.hpp"

#include "lib/config/units.hpp"
#include "lib/domain/ids.hpp"
#include "lib/http/address.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace cw::issuer {
namespace {

using config::Bounds;
using config::Required;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPullIntervalMin{10};
constexpr std::uint64_t kKib = std::uint64_t{1} << 10U;
constexpr std::uint64_t kMib = std::uint64_t{1} << 20U;
constexpr std::uint64_t kTib = std::uint64_t{1} << 40U;

/// A duration of an item within [0, most]; `target` stays as it is if it is not given.
Status read_duration(const config::Item& item,
                     std::string_view name,
                     milliseconds most,
                     milliseconds& target) {
  const std::string& text = item.text(name);
  if (text.empty()) return Ok{};
  const auto duration = config::parse_duration(text);
  if (!duration || duration->count() < 0 || *duration > most) {
    return Error{Errc::kConfigValue,
                 "issuers: " + std::string(name) + ": a duration up to " +
                     config::format_duration(most) + " is wanted"};
  }
  target = *duration;
  return Ok{};
}

Result<IssuerFiles::Pull> read_pull(const config::Item& item) {
  IssuerFiles::Pull pull{.url = item.text("pull_url"),
                         .certificate = item.text("pull_certificate"),
                         .key = item.text("pull_key")};
  if (!pull.url.empty() && !http::parse_url(pull.url)) {
    return Error{Errc::kConfigValue, "issuers: pull_url is no https URL"};
  }
  if (pull.certificate.empty() != pull.key.empty()) {
    return Error{Errc::kConfigMissing, "issuers: pull_certificate and pull_key go together"};
  }
  const std::string& entries = item.text("pull_entries");
  if (!entries.empty() && entries != "yes" && entries != "no") {
    return Error{Errc::kConfigValue, "issuers: pull_entries is yes or no"};
  }
  pull.entries = entries != "no";
  for (const Status& status :
       {read_duration(item, "pull_wait", seconds{60}, pull.wait),
        read_duration(item, "pull_interval", hours{1}, pull.interval),
        read_duration(item, "pull_digest_interval", hours{24 * 31}, pull.digest_interval)}) {
    if (!status) return status.error();
  }
  pull.interval = std::max(pull.interval, kPullIntervalMin);
  return pull;
}

std::vector<config::ItemField> issuer_fields() {
  return {
      {.name = "id", .about = "Id of the issuer.", .required = Required::kYes},
      {.name = "encryption_keys",
       .about = "Files of private keys; a batch may be encrypted to any of them.",
       .many = true,
       .required = Required::kYes},
      {.name = "signing_secrets",
       .about = "Files of webhook secrets; a push may be signed with any of them.",
       .many = true},
      {.name = "signature_keys",
       .about = "Files of public keys (PEM) of HTTP message signatures; any may fit.",
       .many = true},
      {.name = "url",
       .about = "URL that is pushed to, as message signatures cover it; left out: taken from "
                "the request."},
      {.name = "pull_url", .about = "Notifier to fetch the feed from; left out: it is pushed."},
      {.name = "pull_wait", .about = "Length of a long poll, 0s to 60s; 30s."},
      {.name = "pull_interval",
       .about = "Between questions without an answer, and the first pause after a failure; 1s."},
      {.name = "pull_digest_interval", .about = "How often digests are compared; 1d."},
      {.name = "pull_entries", .about = "yes, or no to acknowledge only, for what is pushed; yes."},
      {.name = "pull_certificate",
       .about = "PEM certificate that says which issuer fetches; that of the tls section."},
      {.name = "pull_key", .about = "Its key."}};
}

}  // namespace

void Config::declare(config::Schema& schema) {
  schema.items({.key = "issuers",
                .about = "The issuers that this process receives for.",
                .example = "[{id: card-a, encryption_keys: [/keys/issuers/card-a.key], "
                           "signing_secrets: [/keys/secrets/card-a]}]",
                .required = Required::kYes},
               issuer_fields(),
               issuer_items);
  schema.text({.key = "journal.dir",
               .about = "Folder for one journal file an issuer, made if it is missing.",
               .example = "/var/lib/cardwatch/issuer",
               .required = Required::kYes},
              journal_dir);
  schema.bytes({.key = "journal.bytes_max",
                .about = "Size of a journal from which on pushes are answered with 503.",
                .example = "8GiB"},
               Bounds{kMib, kTib},
               journal_bytes_max);
  schema.bytes(
      {.key = "journal.superseded_max",
       .about = "Bytes of a journal that are of batches since superseded, from which on it "
                "is compacted; at least half of it.",
       .example = "64MiB"},
      Bounds{kKib, kTib},
      journal_superseded_max);
  schema.bytes({.key = "feed.body_bytes_max",
                .about = "Largest push that is taken; it is held in memory.",
                .example = "16MiB"},
               Bounds{kKib, 16 * kMib},
               body_bytes_max);
  schema.duration({.key = "feed.tolerance",
                   .about = "How far the timestamp of a push may be from our clock.",
                   .example = "5m"},
                  {seconds{1}, hours{1}},
                  tolerance);
  schema.duration({.key = "feed.apply_delay",
                   .about = "How long after being stored a batch is in force (applied).",
                   .example = "0s"},
                  {std::chrono::milliseconds{0}, hours{1}},
                  apply_delay);
  schema.number({.key = "feed.workers", .about = "Threads that decrypt and write.", .example = "2"},
                Bounds<std::uint32_t>{1, 256},
                workers);
}

Result<std::vector<IssuerFiles>> Config::issuers() const {
  std::vector<IssuerFiles> result;
  std::set<std::string> ids;
  for (const config::Item& item : issuer_items) {
    IssuerFiles files{.id = item.text("id"),
                      .encryption_keys = item.texts("encryption_keys"),
                      .signing_secrets = item.texts("signing_secrets"),
                      .signature_keys = item.texts("signature_keys"),
                      .url = item.text("url")};
    if (!is_id(files.id)) return Error{Errc::kConfigValue, "issuers: an id is not an id"};
    if (!ids.insert(files.id).second) {
      return Error{Errc::kConfigValue, "issuers: " + files.id + " stands twice"};
    }
    auto pull = read_pull(item);
    if (!pull) return pull.error();
    files.pull = std::move(pull).value();
    const bool pulls = !files.pull.url.empty() && files.pull.entries;
    const bool proves = !files.signing_secrets.empty() || !files.signature_keys.empty();
    if (files.encryption_keys.empty() || (!proves && !pulls)) {
      return Error{Errc::kConfigMissing, "issuers: " + files.id + " lacks keys"};
    }
    result.push_back(std::move(files));
  }
  if (result.empty()) return Error{Errc::kConfigMissing, "issuers: at least one is wanted"};
  return result;
}

}  // namespace cw::issuer
