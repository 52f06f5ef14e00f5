#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"

#include <optional>
#include <string_view>

/// Private to lib/codec: values of a scanned message, checked as the decoders check them. False:
/// not valid, or for the decoder to judge.
namespace cw::codec {

[[nodiscard]] bool scan_id(std::string_view text, std::string_view& out) noexcept;
/// Free text of 1 to `bytes_max` bytes: UTF-8 without control characters.
[[nodiscard]] bool scan_text(std::string_view text,
                             std::size_t bytes_max,
                             std::string_view& out) noexcept;
[[nodiscard]] bool is_plain_text(std::string_view text) noexcept;
[[nodiscard]] bool scan_card(std::string_view text, CardRef& out) noexcept;
[[nodiscard]] bool scan_iin(std::string_view text, Iin& out) noexcept;
[[nodiscard]] bool scan_expiry(std::string_view text, Expiry& out) noexcept;

/// A format of formats.hpp.
[[nodiscard]] inline bool scan_format(std::string_view text,
                                      bool (*holds)(std::string_view) noexcept,
                                      std::string_view& out) noexcept {
  out = text;
  return holds(text);
}

template <class Out>
[[nodiscard]] bool scan_instant(std::string_view text, Out& out) noexcept {
  const auto instant = cw::scan_instant(text);
  if (instant) out = *instant;
  return instant.has_value();
}

/// A text that `from` knows, e.g. outcome_from.
template <class From, class Out>
[[nodiscard]] bool scan_code(std::string_view text, From from, Out& out) noexcept {
  const auto code = from(text);
  if (code) out = *code;
  return code.has_value();
}

}  // namespace cw::codec
