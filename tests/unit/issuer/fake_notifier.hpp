#pragma once

#include "lib/codec/feed_answer.hpp"
#include "lib/http/router.hpp"
#include "unit/issuer/feed_sender.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cw::issuer {

/// The pull side of a notifier for one issuer, as far as tests need it: the documented requests and
/// answers over a list of entries in memory. THREAD: safe.
class FakeNotifier {
 public:
  explicit FakeNotifier(const FeedSender& sender) : sender_(sender) {}

  /// Routes for principals with the role pull. They refer to this object.
  void add_to(http::Router& router);

  /// The newest state of a card; its seq is the next one.
  void put(std::uint64_t card, FeedOp op = FeedOp::kUpdt);
  /// Forgets everything and begins another epoch.
  void begin_epoch();
  /// Answers the next requests to `path` so, instead of what is right.
  void answer_with(const std::string& path, http::Response response, int times = 1);
  /// The digest it tells is of this epoch.
  void pretend_epoch(std::optional<std::uint32_t> epoch);
  /// Right before it answers a request for some buckets, so many entries come.
  void put_before_repair(std::vector<std::uint64_t> cards);

  [[nodiscard]] std::uint64_t through() const;
  /// "GET /v1/feed/entries?..." in order.
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] std::vector<codec::FeedAck> acks() const;

 private:
  struct Current {
    FeedSender::Entry entry;
    std::uint64_t position = 0;
  };
  [[nodiscard]] std::optional<http::Response> note(const http::Request& request);
  [[nodiscard]] http::Response entries(const http::Request& request);
  [[nodiscard]] http::Response snapshot(const http::Request& request);
  [[nodiscard]] http::Response digest();
  [[nodiscard]] http::Response acknowledge(const std::string& json);
  [[nodiscard]] http::Response verify(const std::string& json);
  [[nodiscard]] std::string part(codec::FeedBatchHead head, codec::PositionRange range) const;
  void put_now(std::uint64_t card, FeedOp op);

  const FeedSender& sender_;
  mutable std::mutex mutex_;
  std::uint32_t epoch_ = 1;
  std::uint64_t through_ = 0;
  std::map<std::uint64_t, Current> cards_;  ///< Removed ones too.
  std::map<std::string, std::pair<int, http::Response>> instead_;
  std::optional<std::uint32_t> pretended_epoch_;
  std::vector<std::uint64_t> before_repair_;
  std::vector<std::string> requests_;
  std::vector<codec::FeedAck> acks_;
};

}  // namespace cw::issuer
