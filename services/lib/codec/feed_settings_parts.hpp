#pragma once

#include "lib/codec/document_form.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/codec/object_reader.hpp"
#include "lib/domain/feed_settings.hpp"

/// Private to lib/codec: the member `feed` of an issuer.
namespace cw::codec {

[[nodiscard]] FeedSettings read_feed_settings(const Node& node,
                                              const Path& path,
                                              DocumentForm form,
                                              Failure& failure);
void write_feed_settings(JsonWriter& writer, const FeedSettings& feed);

}  // namespace cw::codec
