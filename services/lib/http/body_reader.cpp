#include "lib/http/body_reader.hpp"

namespace cw::http {

Task<Result<std::string>> BodyReader::read_all(std::size_t bytes_max) {
  const Error too_large{Errc::kBodyTooLarge,
                        "the body may have at most " + std::to_string(bytes_max) + " bytes"};
  if (content_length().value_or(0) > bytes_max) co_return too_large;
  std::string out;
  while (true) {
    const auto piece = co_await next();
    if (!piece) co_return piece.error();
    if (piece.value().empty()) co_return out;
    if (out.size() + piece.value().size() > bytes_max) co_return too_large;
    out += piece.value();
  }
}

}  // namespace cw::http
