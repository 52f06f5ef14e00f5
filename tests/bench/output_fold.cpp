#include "bench/output_fold.hpp"

#include <string>

namespace cw::bench {
namespace {

template <class Value>
std::string_view text_of(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
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

// A row as schemas/match-facts tells it.
bool OutputFold::add_fact(const rapidjson::Value& row, const rapidjson::Value& names) {
  const auto number = [&](unsigned at) { return row[at].IsInt64() ? row[at].GetInt64() : -1; };
  const auto text = [&](unsigned at) {
    if (!row[at].IsString()) return std::string_view{};
    return std::string_view{row[at].GetString(), row[at].GetStringLength()};
  };
  const auto name = [&](unsigned at) {
    if (!row[at].IsUint() || row[at].GetUint() >= names.Size()) return std::string_view{};
    const auto& found = names[row[at].GetUint()];
    return std::string_view{found.GetString(), found.GetStringLength()};
  };
  constexpr std::int64_t kActive = 1;
  constexpr std::int64_t kRetracted = 8;
  const auto outcome = outcome_from(name(7));
  const auto flags = number(8);
  if (!outcome || flags < 0) return false;
  const auto id = Hash{}
                      .add(name(0))
                      .add(name(1))
                      .add(text(2))
                      .add(text(5))
                      .add(std::to_string(number(4)))
                      .value();
  ++facts_read_;
  if ((flags & kRetracted) != 0) {
    ++retracted_;
    facts_.erase(id);
    return true;
  }
  facts_[id] = {static_cast<std::uint8_t>(*outcome), (flags & kActive) != 0};
  return true;
}

bool OutputFold::add_matches(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  const auto facts = document.FindMember("facts");
  const auto names = document.FindMember("names");
  if (facts == document.MemberEnd() || names == document.MemberEnd()) return false;
  constexpr unsigned kColumnsMin = 14;
  for (const auto& row : facts->value.GetArray()) {
    if (!row.IsArray() || row.Size() < kColumnsMin || !add_fact(row, names->value)) return false;
  }
  return true;
}

bool OutputFold::add_watch(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  const auto card = Hash{}.add(text_of(document, "issuer")).add(text_of(document, "card")).value();
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
