#pragma once

#include "matcher/state/state_image.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cw::matcher {

/// A state in maps, for tests of the mirror: remembers what changed as the engine does.
class MemoryState : public StateImage, public StateLoader {
 public:
  std::vector<std::string> symbols;
  std::map<std::uint32_t, std::string> controls;
  std::map<CardRef, std::string> cards;
  std::size_t expected = 0;
  int asked = 0;  ///< Calls of changes() and everything().

  void set(const CardRef& card, std::string blob) {
    cards[card] = std::move(blob);
    changed_.insert(card);
  }
  void erase(const CardRef& card) {
    cards.erase(card);
    changed_.insert(card);
  }

  void changes(StateSink& sink) override {
    ++asked;
    give_lists(sink);
    for (const CardRef& card : changed_) {
      const auto found = cards.find(card);
      found == cards.end() ? sink.erased(card) : sink.card(card, found->second);
    }
    changed_.clear();
  }
  void everything(StateSink& sink) override {
    ++asked;
    given_symbols_ = 0;
    given_controls_.clear();
    give_lists(sink);
    for (const auto& [card, blob] : cards) sink.card(card, blob);
    changed_.clear();
  }
  [[nodiscard]] std::size_t changed_cards() const override { return changed_.size(); }

  void expect(std::size_t count) override { expected = count; }
  bool load_symbol(std::uint32_t id, std::string_view text) override {
    symbols.emplace_back(text);
    given_symbols_ = symbols.size();
    return id + 1 == symbols.size();
  }
  bool load_control(std::uint32_t number, std::string_view json) override {
    given_controls_.insert(number);
    return controls.emplace(number, json).second;
  }
  bool load_card(const CardRef& card, std::string_view blob) override {
    if (blob == "unknown") return false;
    const bool ascending = cards.empty() || cards.rbegin()->first < card;
    return ascending && cards.emplace(card, blob).second;
  }

  friend bool operator==(const MemoryState& a, const MemoryState& b) {
    return a.symbols == b.symbols && a.controls == b.controls && a.cards == b.cards;
  }

 private:
  void give_lists(StateSink& sink) {
    for (; given_symbols_ < symbols.size(); ++given_symbols_) {
      sink.symbol(static_cast<std::uint32_t>(given_symbols_), symbols[given_symbols_]);
    }
    for (const auto& [number, json] : controls) {
      if (given_controls_.insert(number).second) sink.control(number, json);
    }
  }

  std::set<CardRef> changed_;
  std::size_t given_symbols_ = 0;
  std::set<std::uint32_t> given_controls_;
};

}  // namespace cw::matcher
