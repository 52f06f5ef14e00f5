#include "desk/control_rules.hpp"

#include "lib/crypto/jwk.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cw::desk {
namespace {

/// Names what differs, for a person who has to find it.
class Differences {
 public:
  template <class T>
  Differences& compare(std::string_view member, const T& held, const T& asked) {
    if (!(held == asked)) {
      text_ += text_.empty() ? "" : ", ";
      text_ += member;
    }
    return *this;
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

std::string differences(const Incident& held, const Incident& asked) {
  Differences found;
  found.compare("name", held.name, asked.name)
      .compare("time_zone", held.time_zone, asked.time_zone);
  found.compare("state", held.state, asked.state).compare("since", held.since, asked.since);
  found.compare("attributes", held.attributes, asked.attributes);
  found.compare("files", held.files, asked.files);
  return found.text();
}

std::string differences(const Issuer& held, const Issuer& asked) {
  Differences found;
  found.compare("name", held.name, asked.name);
  found.compare("iin_ranges", held.iin_ranges, asked.iin_ranges);
  found.compare("feed", held.feed, asked.feed);
  return found.text();
}

/// The version rule: kUnchanged, or the change that the version makes.
template <class Record>
Result<Change> change_of(const Record* held,
                         const Record& asked,
                         const std::optional<Instant>& effective_at,
                         Errc exists) {
  if (held == nullptr) {
    if (asked.version == 1) return Change::kCreated;
    return Error{
        Errc::kConflict,
        "it does not exist yet, so its version must be 1, not " + std::to_string(asked.version)};
  }
  if (asked.version == held->version + 1) return Change::kUpdated;
  const std::string stands = "version " + std::to_string(held->version) + " stands";
  if (asked.version != held->version) {
    return Error{exists, stands + ", the request has version " + std::to_string(asked.version)};
  }
  auto differing = differences(*held, asked);
  if (effective_at && *effective_at != held->effective_at) {
    differing += differing.empty() ? "effective_at" : ", effective_at";
  }
  if (differing.empty()) return Change::kUnchanged;
  return Error{exists, stands + " with another content; these differ: " + differing};
}

Status check_nothing_taken_away(const Incident& held, const Incident& asked) {
  for (const auto& file : held.files) {
    const bool kept = std::any_of(asked.files.begin(), asked.files.end(), [&](const auto& other) {
      return other.name == file.name;
    });
    if (!kept) {
      return Error{Errc::kConflict,
                   "the file \"" + file.name.get() +
                       "\" is missing; a file is not removed but withdrawn (withdrawn_at)"};
    }
  }
  for (const auto& attribute : held.attributes) {
    const auto& kept = asked.attributes;
    if (std::find(kept.begin(), kept.end(), attribute) == kept.end()) {
      return Error{
          Errc::kConflict,
          "the attribute \"" + attribute + "\" is missing; records and scope revisions may use it"};
    }
  }
  return Ok{};
}

Status check_withdrawals(const Incident& asked, Instant now) {
  for (const auto& file : asked.files) {
    if (file.withdrawn_at && *file.withdrawn_at > now) {
      return Error{Errc::kTimestampInvalid,
                   "withdrawn_at of the file \"" + file.name.get() + "\" lies in the future"};
    }
  }
  return Ok{};
}

Status check_ranges(const Control& control, const Issuer& asked) {
  std::set<std::string_view> own;
  for (const auto& range : asked.iin_ranges) {
    if (!own.insert(range).second) {
      return Error{Errc::kIinConflict, "the range " + range + " stands twice"};
    }
  }
  for (const Issuer* other : control.issuers()) {
    if (other->id == asked.id) continue;
    for (const auto& range : other->iin_ranges) {
      if (own.contains(range)) {
        return Error{Errc::kIinConflict,
                     "the range " + range + " belongs to the issuer " + other->id.get()};
      }
    }
  }
  return Ok{};
}

Status check_feed(const Issuer& asked) {
  if (!asked.feed) return Ok{};
  const bool single = !asked.feed->encryption_key.empty();
  const auto keys = asked.feed->keys();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto key = crypto::PublicKey::from_jwk(keys[i].jwk);
    if (key) continue;
    const std::string place =
        single ? "/feed/encryption_key" : "/feed/encryption_keys/" + std::to_string(i) + "/key";
    return Error{Errc::kSchemaViolation, "at " + place + ": " + key.error().detail};
  }
  return Ok{};
}

template <class Record>
Decision write_decision(Record record, Change change, const Moment& moment, const Caller& caller) {
  record.effective_at = moment.at;
  record.by = caller.name;
  record.imported = moment.imported;
  const auto version = record.version;
  return {change, version, ControlRecord{std::move(record)}};
}

}  // namespace

Result<Moment> moment_of(const std::optional<Instant>& given,
                         const Caller& caller,
                         std::string_view field) {
  if (!given) return Moment{caller.now, false};
  if (!caller.may_import) {
    return Error{Errc::kImportForbidden, std::string(field) + " needs the role import"};
  }
  if (*given > caller.now) {
    return Error{Errc::kTimestampInvalid, std::string(field) + " lies in the future"};
  }
  return Moment{*given, true};
}

Result<Decision> put_incident(const Control& control,
                              const codec::IncidentRequest& request,
                              const Caller& caller) {
  const auto moment = moment_of(request.effective_at, caller, "effective_at");
  if (!moment) return moment.error();
  const auto& asked = request.incident;
  const auto* held = control.incident(asked.id);
  const auto change = change_of(held, asked, request.effective_at, Errc::kIncidentExists);
  if (!change) return change.error();
  if (change.value() == Change::kUnchanged) return Decision{Change::kUnchanged, held->version, {}};
  if (held != nullptr) {
    if (auto kept = check_nothing_taken_away(*held, asked); !kept) return kept.error();
  }
  if (auto past = check_withdrawals(asked, caller.now); !past) return past.error();
  return write_decision(asked, change.value(), moment.value(), caller);
}

Result<Decision> put_issuer(const Control& control,
                            const codec::IssuerRequest& request,
                            const Caller& caller) {
  const auto moment = moment_of(request.effective_at, caller, "effective_at");
  if (!moment) return moment.error();
  const auto& asked = request.issuer;
  const auto* held = control.issuer(asked.id);
  const auto change = change_of(held, asked, request.effective_at, Errc::kIssuerExists);
  if (!change) return change.error();
  if (change.value() == Change::kUnchanged) return Decision{Change::kUnchanged, held->version, {}};
  if (auto free = check_ranges(control, asked); !free) return free.error();
  if (auto usable = check_feed(asked); !usable) return usable.error();
  return write_decision(asked, change.value(), moment.value(), caller);
}

}  // namespace cw::desk
