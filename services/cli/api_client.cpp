#include "cli/api_client.hpp"

#include "lib/http/blocking.hpp"
#include "lib/http/percent.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace cw::cli {
namespace {

constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr std::size_t kAnswerBytesMax = 64U << 20U;

std::string media_type(const std::string& file) {
  return file.ends_with(".json") ? "application/json" : "text/csv";
}

/// Reads a file piece by piece for an upload.
class FileSource {
 public:
  FileSource(std::ifstream file, std::uint64_t total, ApiClient::Progress progress)
      : file_(std::move(file)), total_(total), progress_(std::move(progress)) {}

  http::Task<Result<std::string_view>> next() {
    file_.read(piece_.data(), static_cast<std::streamsize>(piece_.size()));
    const auto size = static_cast<std::size_t>(file_.gcount());
    if (file_.bad()) co_return Error{Errc::kFileRead, "the file could not be read to its end"};
    done_ += size;
    if (progress_) progress_(done_, total_);
    co_return std::string_view{piece_.data(), size};
  }

 private:
  std::ifstream file_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  ApiClient::Progress progress_;
  std::vector<char> piece_ = std::vector<char>(kPieceBytes);
};

Result<Reply> parsed(http::ClientResponse response) {
  auto document =
      codec::JsonDocument::parse(response.body.empty() ? "null" : response.body, kAnswerBytesMax);
  if (!document) {
    return Error{Errc::kResponseMalformed,
                 "status " + std::to_string(response.status) + " with a body that is not JSON"};
  }
  return Reply{response.status, std::move(response.body), std::move(document).value()};
}

}  // namespace

Result<ApiClient> ApiClient::create(const Profile& profile) {
  auto tls = http::TlsContext::load(http::TlsContext::Role::kClient, profile.tls);
  if (!tls) return std::move(tls).error();
  http::ClientOptions options;
  options.response_timeout = profile.response_timeout;
  options.response_bytes_max = kAnswerBytesMax;
  return ApiClient{std::move(tls).value(), options};
}

Result<Reply> ApiClient::get(const std::string& url) {
  return send("GET", url, "");
}

Result<Reply> ApiClient::send(std::string method, const std::string& url, std::string json) {
  auto target = http::parse_url(url);
  if (!target) return std::move(target).error();
  http::ClientRequest request;
  request.method = std::move(method);
  request.url = std::move(target).value();
  if (!json.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(json);
  return perform(std::move(request));
}

Result<Reply> ApiClient::upload(std::string method,
                                const std::string& url,
                                const std::string& file,
                                const Progress& progress) {
  auto target = http::parse_url(url);
  if (!target) return std::move(target).error();
  std::ifstream stream(file, std::ios::binary);
  std::error_code failed;
  const auto total = std::filesystem::file_size(file, failed);
  if (!stream || failed) return Error{Errc::kFileRead, "cannot read " + file};
  const auto source = std::make_shared<FileSource>(std::move(stream), total, progress);
  http::ClientRequest request;
  request.method = std::move(method);
  request.url = std::move(target).value();
  request.headers.set("Content-Type", media_type(file));
  request.content_length = total;
  request.body_source = [source] { return source->next(); };
  return perform(std::move(request));
}

Result<Reply> ApiClient::perform(http::ClientRequest request) {
  // The services' addresses are the operator's own choice, so private ones are fine.
  request.private_addresses = http::PrivateAddresses::kAllow;
  const auto endpoint = request.url.endpoint();
  boost::asio::io_context io;
  http::Client client(io.get_executor(), tls_, options_);
  auto outcome = http::run_blocking(io, client.send(std::move(request)));
  if (!outcome) {
    return Error{outcome.error().code, endpoint + ": " + outcome.error().detail};
  }
  return parsed(std::move(outcome).value());
}

Query& Query::add(std::string_view name, const std::string& value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? '?' : '&';
  text_ += http::percent_encode(name) + '=' + http::percent_encode(value);
  return *this;
}

}  // namespace cw::cli
