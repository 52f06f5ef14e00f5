#include "issuer/config.hpp"

#include "lib/domain/ids.hpp"

#include <set>

namespace cw::issuer {
namespace {

using config::Bounds;
using config::Required;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::uint64_t kKib = std::uint64_t{1} << 10U;
constexpr std::uint64_t kMib = std::uint64_t{1} << 20U;
constexpr std::uint64_t kTib = std::uint64_t{1} << 40U;

}  // namespace

void Config::declare(config::Schema& schema) {
  schema.items({.key = "issuers",
                .about = "The issuers that this process receives for.",
                .example = "[{id: card-a, encryption_keys: [/keys/issuers/card-a.key], "
                           "signing_secrets: [/keys/secrets/card-a]}]",
                .required = Required::kYes},
               {{.name = "id", .about = "Id of the issuer.", .required = Required::kYes},
                {.name = "encryption_keys",
                 .about = "Files of private keys; a batch may be encrypted to any of them.",
                 .many = true,
                 .required = Required::kYes},
                {.name = "signing_secrets",
                 .about = "Files of webhook secrets; a push may be signed with any of them.",
                 .many = true,
                 .required = Required::kYes}},
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
                      .signing_secrets = item.texts("signing_secrets")};
    if (!is_id(files.id)) return Error{Errc::kConfigValue, "issuers: an id is not an id"};
    if (!ids.insert(files.id).second) {
      return Error{Errc::kConfigValue, "issuers: " + files.id + " stands twice"};
    }
    if (files.encryption_keys.empty() || files.signing_secrets.empty()) {
      return Error{Errc::kConfigMissing, "issuers: " + files.id + " lacks keys"};
    }
    result.push_back(std::move(files));
  }
  if (result.empty()) return Error{Errc::kConfigMissing, "issuers: at least one is wanted"};
  return result;
}

}  // namespace cw::issuer
