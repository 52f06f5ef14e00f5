#include "lib/codec/feed_state_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/issuer_digest_codec.hpp"
#include "lib/codec/object_reader.hpp"

namespace cw::codec {
namespace {

FeedState read(const ObjectReader& object) {
  FeedState state;
  state.issuer = IssuerId{object.id("issuer")};
  state.epoch = object.number32("epoch", 1);
  state.through = object.number("through", 0);
  state.accepted_through = object.number("accepted_through", 0);
  state.applied_through = object.number("applied_through", 0);
  state.state = object.code("state", feed_status_from);
  state.failures = object.number32("failures", 0);
  state.last_error = object.optional_text("last_error", {0, kTextBytesMax});
  state.issuer_digest = read_issuer_digest(object, "issuer_digest");
  state.updated_at = object.instant("updated_at");
  return state;
}

}  // namespace

std::string_view text(FeedStatus status) noexcept {
  switch (status) {
    case FeedStatus::kEnabled:
      return "enabled";
    case FeedStatus::kPaused:
      return "paused";
    case FeedStatus::kDisabled:
      return "disabled";
  }
  return "";
}

std::optional<FeedStatus> feed_status_from(std::string_view name) noexcept {
  for (const auto status : {FeedStatus::kEnabled, FeedStatus::kPaused, FeedStatus::kDisabled}) {
    if (text(status) == name) return status;
  }
  return {};
}

Result<FeedState> decode_feed_state(std::string_view json) {
  return decode_message<FeedState>(json, read);
}

void encode_to(std::string& out, const FeedState& state) {
  JsonWriter writer(out);
  writer.begin_object().number("v", 1).string("issuer", state.issuer.get());
  writer.number("epoch", state.epoch).number("through", state.through);
  writer.number("accepted_through", state.accepted_through);
  writer.number("applied_through", state.applied_through);
  writer.string("state", text(state.state)).number("failures", state.failures);
  if (state.last_error) {
    writer.string("last_error", std::string_view(*state.last_error).substr(0, kTextBytesMax));
  }
  write_issuer_digest(writer, "issuer_digest", state.issuer_digest);
  write(writer, "updated_at", state.updated_at);
  writer.end_object();
}

std::string encode(const FeedState& state) {
  std::string out;
  encode_to(out, state);
  return out;
}

}  // namespace cw::codec
