#include "lib/codec/feed_answer.hpp"

#include "lib/codec/issuer_digest_codec.hpp"
#include "lib/codec/json_writer.hpp"
#include "lib/codec/object_reader.hpp"

#include <algorithm>

namespace cw::codec {
namespace {

constexpr std::size_t kCodeBytesMax = 64;

FeedAnswer read(const ObjectReader& object) {
  FeedAnswer answer;
  answer.accepted_through = object.number("accepted_through", 0);
  answer.applied_through = object.number("applied_through", 0);
  if (object.optional("rejected") != nullptr) {
    object.each("rejected", FeedAnswer::kRejectedMax, [&](const Node& node, const Path& path) {
      const ObjectReader element(node, path, object.failure());
      FeedAnswer::Rejection rejection;
      rejection.seq = element.number("seq", 1);
      rejection.code = element.text("code", {1, kCodeBytesMax});
      rejection.detail = element.optional_text("detail", {0, kTextBytesMax}).value_or("");
      answer.rejected.push_back(std::move(rejection));
    });
  }
  answer.digest = read_issuer_digest(object, "digest");
  return answer;
}

}  // namespace

Result<FeedAnswer> decode_feed_answer(std::string_view json) {
  return decode_object<FeedAnswer>(json, read);
}

std::string encode(const FeedAnswer& answer) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().number("accepted_through", answer.accepted_through);
  writer.number("applied_through", answer.applied_through).begin_array("rejected");
  const std::size_t listed = std::min(answer.rejected.size(), FeedAnswer::kRejectedMax);
  for (std::size_t i = 0; i < listed; ++i) {
    const FeedAnswer::Rejection& rejection = answer.rejected[i];
    writer.begin_object().number("seq", rejection.seq).string("code", rejection.code);
    writer.string("detail", rejection.detail).end_object();
  }
  writer.end_array();
  write_issuer_digest(writer, "digest", answer.digest);
  writer.end_object();
  return out;
}

}  // namespace cw::codec
