#pragma once

#include "lib/base/result.hpp"
#include "lib/base/time.hpp"
#include "lib/crypto/base64.hpp"
#include "lib/crypto/jose_json.hpp"
#include "lib/crypto/message_components.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cw::conformance {

/// A request of the Python side, with every member optional.
class Request {
 public:
  explicit Request(crypto::JoseObject object) : object_(std::move(object)) {}

  [[nodiscard]] bool has(std::string_view name) const { return object_.has(name); }
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string(object_.text(name).value_or(""));
  }
  [[nodiscard]] std::int64_t number(std::string_view name) const {
    return object_.integer(name).value_or(0);
  }
  /// A base64url member, decoded.
  [[nodiscard]] std::string bytes(std::string_view name) const {
    return crypto::base64url_decode(text(name), kBytesMax).value_or("");
  }
  [[nodiscard]] Instant instant(std::string_view name) const {
    return Instant{std::chrono::seconds{number(name)}};
  }
  /// A text member's non-empty parts.
  [[nodiscard]] std::vector<std::string> parts(std::string_view name, char separator) const {
    std::vector<std::string> found;
    std::string whole = text(name);
    while (!whole.empty()) {
      const auto end = std::min(whole.find(separator), whole.size());
      if (end > 0) found.push_back(whole.substr(0, end));
      whole.erase(0, end + 1);
    }
    return found;
  }

 private:
  static constexpr std::size_t kBytesMax = 32 * 1024 * 1024;
  crypto::JoseObject object_;
};

/// The HTTP message of a request: `method`, `target_uri`, `status`, and `headers` with one
/// "Name: value" a line.
class RequestMessage {
 public:
  explicit RequestMessage(const Request& request)
      : method_(request.text("method")),
        target_uri_(request.text("target_uri")),
        status_(static_cast<int>(request.number("status"))) {
    for (const std::string& line : request.parts("headers", '\n')) {
      const auto colon = line.find(':');
      headers_.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
  }

  [[nodiscard]] crypto::MessageView view() const {
    return {.method = method_, .target_uri = target_uri_, .status = status_, .headers = headers_};
  }

 private:
  std::string method_;
  std::string target_uri_;
  int status_;
  std::vector<crypto::HeaderField> headers_;
};

}  // namespace cw::conformance
