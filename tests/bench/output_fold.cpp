#include "bench/output_fold.hpp"

#include <rapidjson/document.h>

#include <string>

namespace cw::bench {
namespace {

template <class Value>
std::string_view text_of(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

template <class Value>
bool flag_of(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsBool() && found->value.GetBool();
}

/// FNV-1a with a finish; good for some millions of identities.
class Hash {
 public:
  Hash& add(std::string_view text) {
    for (const char each : text) step(static_cast<unsigned char>(each));
    step(0);
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const { return state_ ^ (state_ >> 29U); }

 private:
  void step(std::uint64_t byte) { state_ = (state_ ^ byte) * 0x100000001b3ULL; }

  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace

template <class Value>
bool OutputFold::add_fact(const Value& fact) {
  const auto outcome = outcome_from(text_of(fact, "outcome"));
  if (!outcome) return false;
  const auto id = Hash{}
                      .add(text_of(fact, "incident"))
                      .add(text_of(fact, "issuer"))
                      .add(text_of(fact, "report_id"))
                      .add(text_of(fact, "card"))
                      .add(text_of(fact, "known_from"))
                      .value();
  ++facts_read_;
  if (flag_of(fact, "retracted")) {
    ++retracted_;
    facts_.erase(id);
    return true;
  }
  facts_[id] = {static_cast<std::uint8_t>(*outcome), flag_of(fact, "active")};
  return true;
}

bool OutputFold::add_matches(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  const auto facts = document.FindMember("facts");
  if (facts == document.MemberEnd()) return add_fact(document);
  if (!facts->value.IsArray()) return false;
  for (const auto& fact : facts->value.GetArray()) {
    if (!fact.IsObject() || !add_fact(fact)) return false;
  }
  return true;
}

bool OutputFold::add_watch(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  const auto card = Hash{}.add(text_of(document, "card")).value();
  if (text_of(document, "op") == "DELT") {
    watch_.erase(card);
    return true;
  }
  const auto level = watch_level_from(text_of(document, "level"));
  if (!level) return false;
  watch_[card] = static_cast<std::uint8_t>(*level);
  return true;
}

Expectation OutputFold::result() const {
  Expectation out;
  for (const auto& [id, held] : facts_) ++(held.active ? out.active : out.inactive)[held.outcome];
  for (const auto& [card, level] : watch_) ++out.watched[level];
  out.reported_cards = out.watched[static_cast<std::size_t>(WatchLevel::kFraudReported)];
  return out;
}

}  // namespace cw::bench
