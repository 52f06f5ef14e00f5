#pragma once

#include "cli/profile.hpp"
#include "lib/base/result.hpp"
#include "lib/codec/json_value.hpp"
#include "lib/http/client.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cw::cli {

/// A service's answer with its body parsed; `document` of an empty body is JSON null.
struct Reply {
  int status = 0;
  std::string body;
  codec::JsonDocument document;

  [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
};

/// Requests to the services as the profile's principal, one at a time. Blocking.
class ApiClient {
 public:
  /// Called with the bytes sent so far and in all.
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

  /// Fails as http::TlsContext::load().
  [[nodiscard]] static Result<ApiClient> create(const Profile& profile);

  /// Fails as http::Client::send().
  [[nodiscard]] Result<Reply> get(const std::string& url);
  [[nodiscard]] Result<Reply> send(std::string method, const std::string& url, std::string json);
  /// Streams a file as the body. Fails also with kFileRead.
  [[nodiscard]] Result<Reply> upload(std::string method,
                                     const std::string& url,
                                     const std::string& file,
                                     const Progress& progress);

 private:
  ApiClient(std::shared_ptr<http::TlsContext> tls, http::ClientOptions options)
      : tls_(std::move(tls)), options_(std::move(options)) {}

  [[nodiscard]] Result<Reply> perform(http::ClientRequest request);

  std::shared_ptr<http::TlsContext> tls_;
  http::ClientOptions options_;
};

/// Collects query parameters that were given.
class Query {
 public:
  Query& add(std::string_view name, const std::string& value);
  /// "" or "?a=1&b=2".
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace cw::cli
