#include "notifier/store/issuer_record.hpp"

#include "notifier/store/bytes.hpp"

namespace cw::notifier {

std::string encode(const IssuerRecord& record) {
  std::string bytes;
  put_number(bytes, record.number);
  for (const std::uint64_t number : {record.cursor,
                                     record.reached,
                                     record.newest,
                                     record.hashed_through,
                                     record.entries,
                                     record.pending,
                                     record.coalesced,
                                     record.set_aside}) {
    put_number(bytes, number);
  }
  put_number(bytes, static_cast<std::uint8_t>(record.answers.size()));
  for (const auto& [answer, cards] : record.answers) {
    put_text(bytes, answer);
    put_number(bytes, cards);
  }
  return bytes;
}

std::optional<IssuerRecord> decode_issuer(std::string_view bytes) {
  ByteReader from{bytes};
  IssuerRecord record;
  record.number = from.number<FeedNumber>();
  for (std::uint64_t* number : {&record.cursor,
                                &record.reached,
                                &record.newest,
                                &record.hashed_through,
                                &record.entries,
                                &record.pending,
                                &record.coalesced,
                                &record.set_aside}) {
    *number = from.number<std::uint64_t>();
  }
  const auto answers = from.number<std::uint8_t>();
  for (std::uint8_t i = 0; i < answers; ++i) {
    std::string answer{from.text()};
    record.answers[std::move(answer)] = from.number<std::uint64_t>();
  }
  if (!from.good()) return std::nullopt;
  return record;
}

}  // namespace cw::notifier
