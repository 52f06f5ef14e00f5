#include "notifier/reconcile/bucket_reader.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <span>
#include <utility>

namespace cw::notifier {
namespace {

namespace asio = boost::asio;
using Opened = BatchBuilder::Opened;
using Entries = std::vector<PendingEntry>;

Error key_missing() {
  return {Errc::kNotFound, "a file's data key has not been seen yet"};
}

/// Of entries that were not opened each must be one that cannot be, not one that waits for a key.
Status check_left_out(const BatchBuilder& builder,
                      IssuerFeed& feed,
                      const Entries& entries,
                      const std::vector<Opened>& opened) {
  std::size_t at = 0;
  for (const PendingEntry& entry : entries) {
    if (at < opened.size() && opened[at].entry.seq == entry.entry.seq) {
      ++at;
      continue;
    }
    const auto hashed = builder.hash(feed.issuer(), std::span{&entry, 1});
    if (!hashed) return hashed.error();
    if (hashed.value().empty()) return key_missing();
  }
  return Ok{};
}

http::Task<void> give_way() {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

}  // namespace

http::Task<Result<std::vector<Opened>>> open_bucket(const BatchBuilder& builder,
                                                    IssuerFeed& feed,
                                                    crypto::Bucket bucket,
                                                    std::uint64_t at) {
  std::vector<Opened> cards;
  std::optional<CardRef> after;
  do {
    const auto chunk = feed.bucket(bucket, at, kOpenChunk, after);
    auto opened = builder.open(feed.issuer(), chunk.entries);
    if (!opened) co_return std::move(opened).error();
    if (opened.value().size() != chunk.entries.size()) {
      const auto checked = check_left_out(builder, feed, chunk.entries, opened.value());
      if (!checked) co_return checked.error();
    }
    for (Opened& card : opened.value()) cards.push_back(std::move(card));
    after = chunk.next;
    if (after) co_await give_way();
  } while (after);
  co_return std::move(cards);
}

http::Task<Status> hash_feed(const BatchBuilder& builder, IssuerFeed& feed, bool all) {
  for (;;) {
    const auto entries = feed.unhashed(kOpenChunk, all);
    if (entries.empty()) co_return Ok{};
    const auto hashes = builder.hash(feed.issuer(), entries);
    if (!hashes) co_return hashes.error();
    if (hashes.value().empty()) co_return key_missing();
    feed.add_hashes(hashes.value());
    co_await give_way();
  }
}

}  // namespace cw::notifier
