#pragma once

#include "notifier/store/feed_keys.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cw::notifier {

/// The figures of a feed as they stand in its store, written in the batch of every change.
struct IssuerRecord {
  FeedNumber number = 0;
  std::uint64_t cursor = 0;
  std::uint64_t reached = 0;         ///< The farthest that the cursor has been.
  std::uint64_t newest = 0;          ///< seq of the newest entry: where the issuer's input stands.
  std::uint64_t hashed_through = 0;  ///< Every entry up to here has its hash, or needs none.
  std::uint64_t entries = 0;         ///< Cards on the list.
  std::uint64_t pending = 0;         ///< Entries beyond the cursor.
  std::uint64_t coalesced = 0;
  std::uint64_t set_aside = 0;
  std::map<std::string, std::uint64_t> answers = {};  ///< Cards by answer.

  friend bool operator==(const IssuerRecord&, const IssuerRecord&) = default;
};

[[nodiscard]] std::string encode(const IssuerRecord& record);
/// None if the bytes are no such record.
[[nodiscard]] std::optional<IssuerRecord> decode_issuer(std::string_view bytes);

}  // namespace cw::notifier
