#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/fact_names.hpp"
#include "lib/domain/fact.hpp"
#include "lib/domain/record_views.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace cw::codec {

/// Bytes at which a writer should finish a block: it and one more fact stay well below
/// kMessageBytesMax, and its copies below what malloc maps anew each time.
inline constexpr std::size_t kFactBlockBytesMax = 96 * 1024;

/// An element of a record of matches.v1 (schemas/match-facts): a fact that is new or changed, or
/// one that no longer exists.
struct FactMessage {
  Fact fact;
  bool retracted = false;

  friend bool operator==(const FactMessage&, const FactMessage&) = default;
};

/// Writes the value of one record of matches.v1, {"v":1,"facts":[row, ...],"names":[...]}: a fact
/// is a row of values, and what facts have in common is named once a block, because what is written
/// for a report decides what it costs. THREAD: not safe.
class FactBlockWriter {
 public:
  /// The fact's ids must be ids and its instants of the years 0 to 9999, as the decoders see to;
  /// the member may be any UTF-8.
  void add(const FactView& fact, bool retracted);

  [[nodiscard]] bool empty() const noexcept { return facts_ == 0; }
  [[nodiscard]] std::size_t facts() const noexcept { return facts_; }
  /// Of the value so far.
  [[nodiscard]] std::size_t bytes() const noexcept { return size_ + tail_bytes(); }
  /// The whole block, valid until add or clear; further facts may be added after it.
  [[nodiscard]] std::string_view finish();
  /// Starts the next block in the same memory.
  void clear();

 private:
  void reserve(std::size_t more);
  [[nodiscard]] std::size_t tail_bytes() const noexcept;

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t facts_ = 0;
  FactNames names_;
};

/// Reads a record of matches.v1: calls `visit` for each fact in their order and returns how many
/// there were. A block with one bad fact is refused whole, before any visit. Fails like
/// decode_exposure.
[[nodiscard]] Result<std::size_t> decode_facts(std::string_view json,
                                               const std::function<void(FactMessage&&)>& visit);

}  // namespace cw::codec
