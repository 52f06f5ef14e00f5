#include "lib/domain/ids.hpp"

#include <algorithm>

namespace cw {

bool is_id(std::string_view text) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kIdLengthMax &&
         std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace cw
