#pragma once

#include "lib/domain/card.hpp"
#include "support/test_pan.hpp"

namespace cw::crypto {

/// A card number of the test range, another one for each `number`.
inline Pan test_card(unsigned number) {
  return Pan::parse(test::test_pan(number)).value();
}

}  // namespace cw::crypto
