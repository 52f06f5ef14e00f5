#include "cli/session.hpp"

#include "lib/config/yaml.hpp"

#include <fstream>
#include <iterator>

namespace cw::cli {

ApiClient* Session::client() {
  if (client_) return &*client_;
  auto profile = load_profile(profile_path, sets);
  if (!profile) {
    terminal.fail(profile.error());
    return nullptr;
  }
  profile_ = std::move(profile).value();
  auto client = ApiClient::create(*profile_);
  if (!client) {
    terminal.fail(client.error());
    return nullptr;
  }
  client_ = std::move(client).value();
  return &*client_;
}

std::optional<Reply> Session::accepted(Result<Reply> reply) {
  if (!reply) {
    terminal.fail(reply.error());
    return std::nullopt;
  }
  if (reply.value().ok()) return std::move(reply).value();
  const auto& refused = reply.value();
  const auto problem = refused.document.root();
  terminal.fail(problem["code"].text_or("HTTP_" + std::to_string(refused.status)),
                problem["detail"].text_or(problem["title"].text_or("refused")),
                problem["hint"].text_or(""),
                exit_code_of_status(refused.status));
  return std::nullopt;
}

std::optional<Reply> Session::get(const std::string Profile::*service, const std::string& path) {
  return send("GET", service, path, "");
}

std::optional<Reply> Session::send(std::string method,
                                   const std::string Profile::*service,
                                   const std::string& path,
                                   std::string json) {
  auto* api = client();
  if (api == nullptr) return std::nullopt;
  const std::string url = (*profile_).*service + path;
  return accepted(api->send(std::move(method), url, std::move(json)));
}

std::optional<Reply> Session::upload(std::string method,
                                     const std::string& path,
                                     const std::string& file) {
  auto* api = client();
  if (api == nullptr) return std::nullopt;
  auto reply = api->upload(
      std::move(method),
      profile_->intake_url + path,
      file,
      [this](std::uint64_t done, std::uint64_t total) {
        terminal.progress(done == total ? "sent; waiting for Kafka" : progress_bar(done, total));
      });
  terminal.progress("");
  return accepted(std::move(reply));
}

std::optional<std::string> read_document(Terminal& terminal, const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    terminal.fail(Error{Errc::kFileRead, "cannot read " + file});
    return std::nullopt;
  }
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  auto json = config::yaml_to_json(text);
  if (!json) {
    terminal.fail(Error{json.error().code, file + ": " + json.error().detail});
    return std::nullopt;
  }
  return std::move(json).value();
}

std::string cell(codec::JsonValue value) {
  if (!value.exists() || value.is_null()) return "-";
  if (const auto text = value.text()) return std::string(*text);
  return value.json();
}

}  // namespace cw::cli
