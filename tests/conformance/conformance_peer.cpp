// Offers lib/crypto to the Python tests of this folder: one JSON object a line on stdin asks, one a
// line on stdout answers {"ok":...} or {"error":"CODE","detail":"..."}. No part of the product.
#include "conformance/peer_operations.hpp"

#include <iostream>
#include <string>

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << cw::conformance::answer(line) << std::endl;
  }
  return 0;
}
