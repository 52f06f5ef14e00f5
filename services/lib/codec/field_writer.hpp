#pragma once

#include "lib/base/time.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/domain/card.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Private to lib/codec: domain values as members of a JSON object.
namespace cw::codec {

void write(JsonWriter& writer, std::string_view name, const CardRef& card);
void write(JsonWriter& writer, std::string_view name, Expiry expiry);
/// "2009-07-23T01:00:00.000Z".
void write(JsonWriter& writer, std::string_view name, Instant instant);
/// "2009-07-23".
void write(JsonWriter& writer, std::string_view name, Day day);
/// The insides of the same for hot paths: into a buffer with room, years 0 to 9999. Return the end.
[[nodiscard]] char* write_day(char* out, Day day) noexcept;          ///< "2009-07-23"
[[nodiscard]] char* write_month(char* out, Expiry expiry) noexcept;  ///< "2010-03"
/// As eight digits.
void write_iin(JsonWriter& writer, Iin iin);
/// As base64url.
void write_bytes(JsonWriter& writer, std::string_view name, std::string_view bytes);

/// Members that are left out when there is no value.
inline void write_optional(JsonWriter& writer,
                           std::string_view name,
                           const std::optional<std::string>& text) {
  if (text) writer.string(name, *text);
}
template <class T>
void write_optional(JsonWriter& writer, std::string_view name, const std::optional<T>& value) {
  if (value) write(writer, name, *value);
}
inline void write_optional(JsonWriter& writer, std::string_view name, std::optional<bool> value) {
  if (value) writer.boolean(name, *value);
}
/// Flags that are left out when false.
inline void write_flag(JsonWriter& writer, std::string_view name, bool value) {
  if (value) writer.boolean(name, true);
}

}  // namespace cw::codec
