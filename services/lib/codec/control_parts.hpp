#pragma once

#include "lib/codec/document_form.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/domain/control.hpp"

/// Private to lib/codec: what control messages and the documents people send have in common.
namespace cw::codec {

inline constexpr std::size_t kFilesMax = 1000;
inline constexpr std::size_t kAttributesMax = 200;
inline constexpr std::size_t kRangesMax = 10'000;
inline constexpr std::size_t kNoteBytesMax = 4096;

[[nodiscard]] std::optional<IncidentState> incident_state_from(std::string_view text) noexcept;

/// name, time_zone, state, since, attributes, files.
void read_incident_body(const ObjectReader& object, DocumentForm form, Incident& incident);
void write_incident_body(JsonWriter& writer, const Incident& incident);
/// name, iin_ranges, feed.
void read_issuer_body(const ObjectReader& object, DocumentForm form, Issuer& issuer);
void write_issuer_body(JsonWriter& writer, const Issuer& issuer);

}  // namespace cw::codec
