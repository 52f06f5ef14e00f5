#pragma once

#include "lib/base/result.hpp"
#include "lib/http/task.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cw::http {

/// The body of a request, piece by piece as it arrives; nothing is buffered beyond one piece.
/// THREAD: only from the handler that was given it.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  /// The next piece, valid until the next call; empty at the end. Fails with kBodyTooLarge (the
  /// route's body_bytes_max), kReadTimeout (sender too slow), kConnectionLost, kBadRequest.
  [[nodiscard]] virtual Task<Result<std::string_view>> next() = 0;

  /// From Content-Length; nothing if the sender did not say.
  [[nodiscard]] virtual std::optional<std::uint64_t> content_length() const = 0;

  /// All that is left. Fails like next(), and with kBodyTooLarge above `bytes_max`.
  [[nodiscard]] Task<Result<std::string>> read_all(std::size_t bytes_max);
};

}  // namespace cw::http
