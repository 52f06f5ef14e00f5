#pragma once

#include "lib/base/result.hpp"

#include <string>
#include <string_view>

/// Small helpers of the key loaders. For lib/crypto's sources only.
namespace cw::crypto {

/// Without blanks and line ends at both ends, as editors leave them in key files.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// `error` with the file it came from.
[[nodiscard]] inline Error in_file(const std::string& path, const Error& error) {
  return Error{error.code, "key file " + path + ": " + error.detail};
}

}  // namespace cw::crypto
