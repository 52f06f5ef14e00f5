#include "desk/silence.hpp"

#include "lib/codec/json_writer.hpp"
#include "lib/config/units.hpp"
#include "lib/http/problem.hpp"

#include <algorithm>
#include <utility>

namespace cw::desk {
namespace {

using std::chrono::seconds;

void write_instant(codec::JsonWriter& writer,
                   std::string_view name,
                   const std::optional<Instant>& instant) {
  if (instant) {
    writer.string(name, format_instant(*instant));
  } else {
    writer.null(name);
  }
}

}  // namespace

std::vector<IssuerSilence> silences(const Control& control, const MatchView& matches, Instant now) {
  auto all = matches.read([&](const FactBook& facts, const Offsets& /*offsets*/) {
    std::vector<IssuerSilence> found;
    for (const auto* issuer : control.issuers()) {
      const Instant since = control.issuer_since(issuer->id).value_or(now);
      found.push_back(silence_of(facts, control.nil_returns(), issuer->id, since, now));
    }
    return found;
  });
  std::stable_sort(all.begin(), all.end(), [](const IssuerSilence& a, const IssuerSilence& b) {
    return a.silent > b.silent;
  });
  return all;
}

std::string silences_document(const std::vector<IssuerSilence>& all, seconds limit, Instant now) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().number("limit_seconds", std::int64_t{limit.count()});
  writer.string("as_of", format_instant(now)).begin_array("issuers");
  for (const auto& each : all) {
    if (each.silent <= limit) continue;
    writer.begin_object().string("issuer", each.issuer.get());
    writer.number("silent_seconds", std::int64_t{each.silent.count()});
    write_instant(writer, "last_reported_at", each.last_reported_at);
    write_instant(writer, "last_received_at", each.last_received_at);
    write_instant(writer, "nil_until", each.nil_until);
    writer.end_object();
  }
  writer.end_array().end_object();
  return out;
}

SilenceApi::SilenceApi(const ControlView& control,
                       const MatchView& matches,
                       std::chrono::milliseconds limit,
                       std::function<Status()> ready)
    : control_(control),
      matches_(matches),
      limit_(std::chrono::floor<seconds>(limit)),
      ready_(std::move(ready)) {}

void SilenceApi::add_to(http::Router& router) {
  router.add("GET",
             "/v1/issuers/silent",
             {.role = "read"},
             [this](const http::Request& request, http::BodyReader&) -> http::Task<http::Response> {
               co_return list(request);
             });
}

http::Response SilenceApi::list(const http::Request& request) const {
  const auto ready = ready_();
  if (!ready) return http::problem(ready.error());
  seconds limit = limit_;
  if (const auto text = request.query.find("limit")) {
    const auto given = config::parse_duration(*text);
    if (!given || given->count() < 0) {
      return http::problem(Errc::kBadRequest, "limit: a duration like 12h or 7d is wanted");
    }
    limit = std::chrono::floor<seconds>(*given);
  }
  const Instant at = now();
  const auto all = silences(*control_.snapshot(), matches_, at);
  return http::Response::json(200, silences_document(all, limit, at));
}

void SilenceApi::collect(Probe& probe) const {
  if (!ready_()) return;
  std::size_t beyond = 0;
  for (const auto& each : silences(*control_.snapshot(), matches_, now())) {
    probe.issuer_silent(each.issuer, static_cast<double>(each.silent.count()));
    if (each.silent > limit_) ++beyond;
  }
  probe.issuers_silent(static_cast<double>(beyond));
}

}  // namespace cw::desk
