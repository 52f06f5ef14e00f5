#include "issuer/behaviour.hpp"

#include "lib/codec/json_value.hpp"
#include "lib/codec/json_writer.hpp"

#include <array>
#include <cstddef>

namespace cw::issuer {
namespace {

using std::chrono::milliseconds;

constexpr std::array kModes{
    BehaviourMode::kNormal, BehaviourMode::kSlow, BehaviourMode::kFail, BehaviourMode::kVanish};
constexpr milliseconds kSlowDelay = std::chrono::seconds{2};
constexpr milliseconds kVanishDelay = std::chrono::minutes{1};
constexpr int kStatusMin = 400;
constexpr int kStatusMax = 599;

Error violation(std::string detail) {
  return {Errc::kSchemaViolation, std::move(detail)};
}

Result<BehaviourMode> read_mode(const codec::JsonValue& value) {
  for (const BehaviourMode mode : kModes) {
    if (value.text() == text(mode)) return mode;
  }
  return violation("mode: normal, slow, fail or vanish is wanted");
}

Result<std::uint64_t> read_number(const codec::JsonValue& value,
                                  const char* name,
                                  std::uint64_t least,
                                  std::uint64_t most) {
  const auto number = value.unsigned_integer();
  if (!number || *number < least || *number > most) {
    return violation(std::string(name) + ": a number from " + std::to_string(least) + " to " +
                     std::to_string(most) + " is wanted");
  }
  return *number;
}

milliseconds default_delay(BehaviourMode mode) {
  if (mode == BehaviourMode::kSlow) return kSlowDelay;
  return mode == BehaviourMode::kVanish ? kVanishDelay : milliseconds{0};
}

Status read_member(Behaviour& behaviour, std::string_view name, const codec::JsonValue& value) {
  if (name == "mode") return Ok{};
  if (name == "delay_ms") {
    const auto number = read_number(value, "delay_ms", 0, Behaviour::kDelayMax.count());
    if (!number) return number.error();
    behaviour.delay = milliseconds{number.value()};
    return Ok{};
  }
  if (name == "status") {
    const auto number = read_number(value, "status", kStatusMin, kStatusMax);
    if (!number) return number.error();
    behaviour.status = static_cast<int>(number.value());
    return Ok{};
  }
  if (name == "count") {
    const auto number = read_number(value, "count", 0, Behaviour::kCountMax);
    if (!number) return number.error();
    behaviour.count = static_cast<std::uint32_t>(number.value());
    return Ok{};
  }
  if (name == "answers") {
    const auto shares = read_shares(value);
    if (!shares) return shares.error();
    behaviour.answers = shares.value();
    return Ok{};
  }
  return violation("only mode, delay_ms, status, count and answers are known");
}

}  // namespace

std::string_view text(BehaviourMode mode) noexcept {
  switch (mode) {
    case BehaviourMode::kSlow:
      return "slow";
    case BehaviourMode::kFail:
      return "fail";
    case BehaviourMode::kVanish:
      return "vanish";
    case BehaviourMode::kNormal:
      break;
  }
  return "normal";
}

Result<Behaviour> decode_behaviour(std::string_view json) {
  const auto document = codec::JsonDocument::parse(json);
  if (!document) return document.error();
  const auto root = document.value().root();
  const auto mode = read_mode(root["mode"]);
  if (!mode) return mode.error();
  Behaviour behaviour{.mode = mode.value(), .delay = default_delay(mode.value())};
  for (const auto& [name, value] : root.members()) {
    const auto status = read_member(behaviour, name, value);
    if (!status) return status.error();
  }
  return behaviour;
}

std::string encode(const Behaviour& behaviour) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object()
      .string("mode", text(behaviour.mode))
      .number("delay_ms", std::int64_t{behaviour.delay.count()})
      .number("status", behaviour.status)
      .number("count", behaviour.count);
  write_shares(writer, "answers", behaviour.answers);
  writer.end_object();
  return out;
}

Result<std::size_t> decode_forget(std::string_view json) {
  const auto document = codec::JsonDocument::parse(json);
  if (!document) return document.error();
  const auto root = document.value().root();
  const auto cards = read_number(root["cards"], "cards", 1, Behaviour::kCountMax);
  if (!cards) return cards.error();
  if (root.members().size() != 1) return violation("only cards is known");
  return static_cast<std::size_t>(cards.value());
}

void BehaviourSwitch::set(const Behaviour& behaviour) {
  const std::lock_guard lock(mutex_);
  behaviour_ = behaviour;
}

Behaviour BehaviourSwitch::current() const {
  const std::lock_guard lock(mutex_);
  return behaviour_;
}

Behaviour BehaviourSwitch::next() {
  const std::lock_guard lock(mutex_);
  const Behaviour now = behaviour_;
  if (behaviour_.count == 1) {
    behaviour_ = Behaviour{.answers = now.answers};
  } else if (behaviour_.count > 1) {
    --behaviour_.count;
  }
  return now;
}

}  // namespace cw::issuer
