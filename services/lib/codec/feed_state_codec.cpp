#include "lib/codec/feed_state_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/issuer_digest_codec.hpp"
#include "lib/codec/object_reader.hpp"

namespace cw::codec {
namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kReasonBytesMax = 256;

void write_cut(JsonWriter& writer,
               std::string_view name,
               const std::optional<std::string>& value,
               std::size_t bytes_max) {
  if (value) writer.string(name, std::string_view(*value).substr(0, bytes_max));
}

FeedState read(const ObjectReader& object) {
  FeedState state;
  state.issuer = IssuerId{object.id("issuer")};
  state.epoch = object.number32("epoch", 1);
  state.through = object.number("through", 0);
  state.accepted_through = object.number("accepted_through", 0);
  state.applied_through = object.number("applied_through", 0);
  state.state = object.code("state", feed_status_from);
  state.set_by = object.optional_code("set_by", feed_set_by_from);
  state.by = object.optional_text("by", {0, kNameBytesMax});
  state.reason = object.optional_text("reason", {0, kReasonBytesMax});
  if (object.optional("rewinds") != nullptr) state.rewinds = object.number("rewinds", 0);
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

std::string_view text(FeedSetBy set_by) noexcept {
  switch (set_by) {
    case FeedSetBy::kUs:
      return "us";
    case FeedSetBy::kIssuer:
      return "issuer";
    case FeedSetBy::kAnswer410:
      return "answer_410";
  }
  return "";
}

std::optional<FeedSetBy> feed_set_by_from(std::string_view name) noexcept {
  for (const auto set_by : {FeedSetBy::kUs, FeedSetBy::kIssuer, FeedSetBy::kAnswer410}) {
    if (text(set_by) == name) return set_by;
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
  writer.string("state", text(state.state));
  if (state.set_by) writer.string("set_by", text(*state.set_by));
  write_cut(writer, "by", state.by, kNameBytesMax);
  write_cut(writer, "reason", state.reason, kReasonBytesMax);
  if (state.rewinds > 0) writer.number("rewinds", state.rewinds);
  writer.number("failures", state.failures);
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
