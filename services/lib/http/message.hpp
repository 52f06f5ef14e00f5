#pragma once

#include "lib/http/body_source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cw::http {

/// Names are compared without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> list) : list_(list) {}

  /// The first of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  void add(std::string name, std::string value);
  /// Replaces all of that name.
  void set(std::string name, std::string value);
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const noexcept {
    return list_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

/// Names to values, in order, percent-decoded; for query and path parameters.
class Params {
 public:
  void add(std::string name, std::string value);
  /// The first of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The value of `name`, or "".
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const noexcept {
    return list_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

/// Who is at the other end, from its verified certificate. Empty on the plain admin listener.
struct PeerIdentity {
  std::string common_name = {};
  std::string fingerprint = {};  ///< SHA-256 of the certificate, hex.
};

struct Principal;

/// A request without its body; that comes through BodyReader.
struct Request {
  std::string method = {};
  std::string path = {};  ///< As sent, without the query.
  Params path_params = {};
  Params query = {};
  Headers headers = {};
  PeerIdentity peer = {};
  const Principal* principal = nullptr;  ///< Set by a Router that has principals.
};

struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  /// Instead of `body`: sent as it is made, each piece within the server's write_timeout. It
  /// outlives the handler, the request and its body.
  BodySource body_source = {};

  [[nodiscard]] static Response json(int status, std::string body);
  [[nodiscard]] static Response text(int status, std::string body);
  [[nodiscard]] static Response empty(int status);
};

}  // namespace cw::http
