#pragma once

#include "issuer/card_answers.hpp"
#include "lib/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace cw::issuer {

enum class BehaviourMode : std::uint8_t {
  kNormal,
  kSlow,    ///< Waits `delay`, then answers as usual.
  kFail,    ///< Answers `status` at once and takes nothing.
  kVanish,  ///< Takes the connection and the request, and says nothing for `delay`.
};

[[nodiscard]] std::string_view text(BehaviourMode mode) noexcept;  ///< "normal" ...

/// How an issuer treats the pushes to come, so that tests and the demo can see what a sender does
/// about it.
struct Behaviour {
  static constexpr std::chrono::milliseconds kDelayMax = std::chrono::minutes{5};
  static constexpr std::uint32_t kCountMax = 1'000'000;

  BehaviourMode mode = BehaviourMode::kNormal;
  std::chrono::milliseconds delay{0};
  int status = 503;           ///< For kFail: 400 to 599.
  std::uint32_t count = 0;    ///< Pushes it is for, then normal again; 0: until it is changed.
  AnswerShares answers = {};  ///< About its cards; none unless told. Outlives `count`.

  friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

/// {"mode", "delay_ms", "status", "count", "answers"}; all but the mode may be left out. Fails with
/// kJsonSyntax or kSchemaViolation.
[[nodiscard]] Result<Behaviour> decode_behaviour(std::string_view json);
[[nodiscard]] std::string encode(const Behaviour& behaviour);

/// {"cards": 3}: how many cards to lose, 1 to 1,000,000. Fails with kJsonSyntax or
/// kSchemaViolation.
[[nodiscard]] Result<std::size_t> decode_forget(std::string_view json);

/// The behaviour of one issuer now. THREAD: safe.
class BehaviourSwitch {
 public:
  void set(const Behaviour& behaviour);
  [[nodiscard]] Behaviour current() const;
  /// The behaviour for the push at hand; counts it.
  [[nodiscard]] Behaviour next();

 private:
  mutable std::mutex mutex_;
  Behaviour behaviour_;
};

}  // namespace cw::issuer
