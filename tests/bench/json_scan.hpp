#pragma once

#include "lib/domain/card.hpp"

#include <cstddef>
#include <string_view>

namespace cw::bench {

/// What is found of a report by a plain parse.
struct ScannedReport {
  bool valid = false;
  std::size_t members = 0;
  CardRef card;
};

/// A parse of one message by RapidJSON's SAX reader, as it stands in its own examples, that keeps
/// nothing but the card.
[[nodiscard]] ScannedReport scan_report(std::string_view json);

}  // namespace cw::bench
