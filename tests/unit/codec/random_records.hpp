#pragma once

#include "lib/domain/exposure.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"
#include "lib/domain/watch.hpp"

#include <random>
#include <string>

namespace cw::codec::test {

enum class TextKind : std::uint8_t {
  kPlain,  ///< Needs no escape in JSON.
  kAny,    ///< Quotes, backslashes and control characters among it.
};

/// Random valid records, every optional member there or not.
class RandomRecords {
 public:
  explicit RandomRecords(unsigned seed) : random_(seed) {}

  [[nodiscard]] ReportRevision report(TextKind kind);
  [[nodiscard]] ExposureRecord exposure(TextKind kind);
  [[nodiscard]] Fact fact(TextKind kind);
  [[nodiscard]] WatchChange watch_change();

  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
  [[nodiscard]] bool coin() { return below(2) == 0; }

 private:
  [[nodiscard]] std::string id();
  [[nodiscard]] std::string text(TextKind kind, std::size_t pieces_max);
  [[nodiscard]] CardRef card();
  [[nodiscard]] Instant instant();
  [[nodiscard]] Day day();
  [[nodiscard]] Expiry expiry();
  [[nodiscard]] std::string bytes(std::size_t size);

  std::mt19937 random_;
};

}  // namespace cw::codec::test
