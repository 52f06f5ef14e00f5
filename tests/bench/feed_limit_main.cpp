// cw_bench_feed_limit: what pushing costs without a feed behind it. As many connections as there
// are issuers, mutual TLS, HTTP POSTs one after the other on each; the receiver reads and answers,
// nothing else. With --keys each body is encrypted and signed anew, without it is sent as it is.
#include "bench/feed_workload.hpp"
#include "bench/options.hpp"
#include "lib/codec/feed_batch.hpp"
#include "lib/crypto/jwe.hpp"
#include "lib/crypto/webhook_signature.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <charconv>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cw::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using TlsStream = asio::ssl::stream<tcp::socket>;

struct Options {
  std::string pki;   ///< Folder with ca.pem, issuer.pem and notifier.pem, and their keys.
  std::string keys;  ///< Folder with issuers/ID.jwk and secrets/ID; empty: bodies as they are.
  std::uint32_t connections = 30;
  std::uint64_t requests = 920;
  std::uint64_t entries = 500;     ///< In each body.
  std::uint64_t body_bytes = 900;  ///< Without keys.
};

asio::ssl::context tls(const Options& options, const std::string& name) {
  asio::ssl::context context{asio::ssl::context::tls};
  context.use_certificate_chain_file(options.pki + "/" + name + ".pem");
  context.use_private_key_file(options.pki + "/" + name + ".key", asio::ssl::context::pem);
  context.load_verify_file(options.pki + "/ca.pem");
  context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  return context;
}

/// The bytes of the body that a head announces.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const auto at = head.find(kName);
  std::size_t length = 0;
  if (at == std::string_view::npos) give_up("no Content-Length");
  std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
  return length;
}

/// Reads one message whole; what is behind it stays in `buffer`. False at the end.
bool read_message(TlsStream& stream, std::string& buffer) {
  boost::system::error_code ec;
  const auto head = asio::read_until(stream, asio::dynamic_buffer(buffer), "\r\n\r\n", ec);
  if (ec) return false;
  const auto all = head + content_length(std::string_view{buffer}.substr(0, head));
  if (buffer.size() < all) {
    asio::read(
        stream, asio::dynamic_buffer(buffer), asio::transfer_exactly(all - buffer.size()), ec);
  }
  if (ec) return false;
  buffer.erase(0, all);
  return true;
}

void answer_all(tcp::socket socket, asio::ssl::context& context) {
  // As long as what a receiver of the feed answers.
  const std::string body(170, 'x');
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  socket.set_option(tcp::no_delay(true));
  TlsStream stream{std::move(socket), context};
  stream.handshake(asio::ssl::stream_base::server);
  std::string buffer;
  boost::system::error_code ec;
  while (!ec && read_message(stream, buffer)) asio::write(stream, asio::buffer(answer), ec);
}

/// What is in every body, in clear.
std::string batch_text(const Options& options, std::uint32_t number) {
  FeedWorkloadOptions load;
  load.issuers = options.connections;
  const FeedWorkload workload{load};
  std::vector<Sensitive> texts;
  for (std::uint64_t at = 0; texts.size() < options.entries; ++at) {
    const auto pan = or_give_up(Pan::parse(workload.pan(at)), "card number");
    texts.push_back(codec::canonical_entry(at + 1, pan, workload.change(at)));
  }
  const codec::FeedBatchHead head{.issuer = IssuerId{FeedWorkload::issuer_id(number)},
                                  .epoch = 1,
                                  .batch = "b-0123456789abcdef0123456789abcdef",
                                  .after = 0,
                                  .through = options.entries,
                                  .more = true};
  return std::string{codec::feed_batch(head, texts).reveal()};
}

/// One issuer's connection and keys.
class Sender {
 public:
  Sender(const Options& options, std::uint32_t number, TlsStream stream)
      : stream_(std::move(stream)) {
    const auto issuer = FeedWorkload::issuer_id(number);
    if (options.keys.empty()) {
      body_.assign(options.body_bytes, 'x');
      return;
    }
    body_ = batch_text(options, number);
    std::ifstream file{options.keys + "/issuers/" + issuer + ".jwk"};
    const std::string jwk{std::istreambuf_iterator<char>{file}, {}};
    key_ = or_give_up(crypto::PublicKey::from_jwk(jwk), "issuer's key");
    signer_ = or_give_up(crypto::WebhookSigner::load(options.keys + "/secrets/" + issuer),
                         "signing secret");
  }

  void post(std::uint64_t number) {
    std::string sealed;
    if (key_) sealed = or_give_up(crypto::jwe_encrypt(*key_, body_), "encrypt");
    const std::string& body = key_ ? sealed : body_;
    const std::string id = "b-" + std::to_string(number);
    const auto seconds = std::time(nullptr);
    std::string signature = "v1,0123456789012345678901234567890123456789012=";
    if (signer_) signature = signer_->sign({.id = id, .timestamp = seconds, .body = body});
    std::string head = "POST /feeds/issuer-00 HTTP/1.1\r\nHost: localhost\r\n";
    head += "Content-Type: application/jose\r\nwebhook-id: " + id;
    head += "\r\nwebhook-timestamp: " + std::to_string(seconds);
    head += "\r\nwebhook-signature: " + signature;
    head += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    // Small ones in one piece, so that they are one TLS record and one packet.
    constexpr std::size_t kOnePiece = 8192;
    if (body.size() <= kOnePiece) {
      head += body;
      asio::write(stream_, asio::buffer(head));
    } else {
      asio::write(stream_, asio::buffer(head));
      asio::write(stream_, asio::buffer(body));
    }
    bytes_ += body.size();
    if (!read_message(stream_, buffer_)) give_up("the receiver went away");
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  TlsStream stream_;
  std::string body_;
  std::string buffer_;
  std::optional<crypto::PublicKey> key_;
  std::optional<crypto::WebhookSigner> signer_;
  std::uint64_t bytes_ = 0;
};

class Run {
 public:
  explicit Run(const Options& options)
      : options_(options),
        server_tls_(tls(options, "issuer")),
        client_tls_(tls(options, "notifier")),
        acceptor_(io_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {}

  void perform() {
    std::thread accepting{[this] { accept_all(); }};
    std::vector<std::unique_ptr<Sender>> senders;
    for (std::uint32_t number = 0; number < options_.connections; ++number) {
      senders.push_back(std::make_unique<Sender>(options_, number, connect()));
    }
    const auto cpu_before = std::clock();
    const auto start = Clock::now();
    send_all(senders);
    const std::chrono::duration<double> took = Clock::now() - start;
    const double cpu = static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC;
    std::uint64_t bytes = 0;
    for (const auto& sender : senders) bytes += sender->bytes();
    senders.clear();
    accepting.join();
    for (auto& receiver : receivers_) receiver.join();
    const auto requests = static_cast<double>(options_.requests);
    const auto entries =
        requests * static_cast<double>(options_.keys.empty() ? 1 : options_.entries);
    std::printf(
        "{\"requests\": %.0f, \"entries\": %.0f, \"bytes\": %.0f, \"seconds\": %.4f, "
        "\"cpu_seconds\": %.3f, \"requests_per_second\": %.1f, "
        "\"entries_per_second\": %.1f}\n",
        requests,
        entries,
        static_cast<double>(bytes),
        took.count(),
        cpu,
        requests / took.count(),
        entries / took.count());
  }

 private:
  void accept_all() {
    for (std::uint32_t number = 0; number < options_.connections; ++number) {
      receivers_.emplace_back([this, socket = acceptor_.accept()]() mutable {
        answer_all(std::move(socket), server_tls_);
      });
    }
  }

  TlsStream connect() {
    tcp::socket socket{io_};
    socket.connect(acceptor_.local_endpoint());
    socket.set_option(tcp::no_delay(true));
    TlsStream stream{std::move(socket), client_tls_};
    stream.handshake(asio::ssl::stream_base::client);
    return stream;
  }

  void send_all(const std::vector<std::unique_ptr<Sender>>& senders) {
    std::atomic<std::uint64_t> next{0};
    std::vector<std::thread> threads;
    for (const auto& sender : senders) {
      threads.emplace_back([&next, &sender, this] {
        for (auto number = next++; number < options_.requests; number = next++) {
          sender->post(number);
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }

  const Options& options_;
  asio::io_context io_;
  asio::ssl::context server_tls_;
  asio::ssl::context client_tls_;
  tcp::acceptor acceptor_;
  std::vector<std::thread> receivers_;
};

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Pushes bodies over mutual TLS as fast as it goes, to a receiver that only answers"};
  app.add_option("--pki", options.pki, "folder of certificates")->required();
  app.add_option("--keys", options.keys, "folder of keys; without it nothing is encrypted");
  app.add_option("--connections", options.connections, "issuers")->capture_default_str();
  app.add_option("--requests", options.requests, "in all")->capture_default_str();
  app.add_option("--entries", options.entries, "in each body")->capture_default_str();
  app.add_option("--body-bytes", options.body_bytes, "of each body, without keys")
      ->capture_default_str();
  parse_or_exit(app, argc, argv);
  return options;
}

}  // namespace
}  // namespace cw::bench

int main(int argc, char** argv) {
  const auto options = cw::bench::parse(argc, argv);
  cw::bench::Run{options}.perform();
  return 0;
}
