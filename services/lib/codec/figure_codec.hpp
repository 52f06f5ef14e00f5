#pragma once

#include "lib/codec/json_writer.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/domain/figure.hpp"

/// Private to lib/codec: the control record of kind "figure".
namespace cw::codec {

/// Everything but "v" and "kind". A time zone that is not known here is a violation.
[[nodiscard]] Figure read_figure(const ObjectReader& object);
void write_figure(JsonWriter& writer, const Figure& figure);

}  // namespace cw::codec
