#include "lib/codec/answer_codec.hpp"

#include "lib/codec/field_writer.hpp"
#include "lib/codec/object_reader.hpp"

namespace cw::codec {
namespace {

IssuerAnswer read(const ObjectReader& object) {
  IssuerAnswer answer{.issuer = IssuerId{object.id("issuer")},
                      .card = object.card("card"),
                      .seq = object.number("seq", 1),
                      .status = object.code("status", card_status_from),
                      .answered_at = object.optional_instant("answered_at"),
                      .received_at = object.instant("received_at")};
  return answer;
}

}  // namespace

Result<IssuerAnswer> decode_answer(std::string_view json) {
  return decode_message<IssuerAnswer>(json, read);
}

void encode_to(std::string& out, const IssuerAnswer& answer) {
  JsonWriter writer(out);
  writer.begin_object().number("v", 1).string("issuer", answer.issuer.get());
  write(writer, "card", answer.card);
  writer.number("seq", answer.seq).string("status", text(answer.status));
  write_optional(writer, "answered_at", answer.answered_at);
  write(writer, "received_at", answer.received_at);
  writer.end_object();
}

std::string encode(const IssuerAnswer& answer) {
  std::string out;
  encode_to(out, answer);
  return out;
}

}  // namespace cw::codec
