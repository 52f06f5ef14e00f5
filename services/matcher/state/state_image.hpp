#pragma once

#include "lib/domain/card.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// How far into an input topic a partition's state reaches: the offset of the next record.
struct StatePosition {
  std::string topic = {};
  std::int64_t offset = 0;

  friend bool operator==(const StatePosition&, const StatePosition&) = default;
};

using StatePositions = std::vector<StatePosition>;

/// Takes down a partition's state, or what has changed in it. The views are valid only during the
/// call. Blobs and texts are opaque here; writing one again replaces it.
/// THREAD: called from the lane's thread.
class StateSink {
 public:
  virtual ~StateSink() = default;
  /// Text number `id` of the interning table. Numbers are dense from 0; texts never change.
  virtual void symbol(std::uint32_t id, std::string_view text) = 0;
  /// Control record `number`, in the order in which they were folded.
  virtual void control(std::uint32_t number, std::string_view json) = 0;
  virtual void card(const CardRef& card, std::string_view blob) = 0;
  virtual void erased(const CardRef& card) = 0;
};

/// A partition's committed state, as its mirror on disk sees it when saving.
/// THREAD: called from the lane's thread, between batches: never with a batch in hand.
class StateImage {
 public:
  virtual ~StateImage() = default;
  /// Everything that differs from what an earlier call of either function handed over (or from
  /// what was loaded), once each with its newest content, in any order. Changes of many commits
  /// gather until the call.
  virtual void changes(StateSink& sink) = 0;
  /// Everything there is, for a mirror that starts empty.
  virtual void everything(StateSink& sink) = 0;
  /// How many cards changes() would hand over now; need not be exact.
  [[nodiscard]] virtual std::size_t changed_cards() const = 0;
};

/// Builds a partition's state from its mirror. Called in this order: expect, then every symbol by
/// ascending id, every control record by ascending number, every card in ascending order of its
/// reference (bytes compared as unsigned), each once. A false says that the bytes are not what
/// this release writes: the mirror is refused, and the state begun must be thrown away.
/// THREAD: called from the lane's thread.
class StateLoader {
 public:
  virtual ~StateLoader() = default;
  /// About how many cards will follow: room may be reserved.
  virtual void expect(std::size_t cards) = 0;
  [[nodiscard]] virtual bool load_symbol(std::uint32_t id, std::string_view text) = 0;
  [[nodiscard]] virtual bool load_control(std::uint32_t number, std::string_view json) = 0;
  [[nodiscard]] virtual bool load_card(const CardRef& card, std::string_view blob) = 0;
};

}  // namespace cw::matcher
