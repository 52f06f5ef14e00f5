#pragma once

#include "lib/domain/control.hpp"
#include "lib/domain/derive.hpp"
#include "lib/kafka/record.hpp"

#include <cstdint>
#include <unordered_map>

namespace cw::cli {

/// The set of a partition's inputs, by card: what derive() works on. Decodes each record whole and
/// takes no part of the matcher's own machinery. What the matcher cannot use and quarantines
/// (unreadable, under another key, of other content than before) is left out here in the same way.
/// THREAD: not safe.
class PartitionInputs {
 public:
  struct Counts {
    std::uint64_t exposures = 0;
    std::uint64_t reports = 0;
    std::uint64_t control = 0;
    std::uint64_t answers = 0;
    std::uint64_t unusable = 0;  ///< Of these all.
  };

  void exposure(const kafka::RecordView& record);
  void report(const kafka::RecordView& record);
  void control(const kafka::RecordView& record);
  void answer(const kafka::RecordView& record);

  [[nodiscard]] const Control& control() const noexcept { return control_; }
  /// May be emptied card by card to give memory back.
  [[nodiscard]] std::unordered_map<CardRef, CardInputs>& cards() noexcept { return cards_; }
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  template <class Item>
  void add(Result<Item> decoded, const CardRef& home, const kafka::RecordView& record);

  Control control_;
  std::unordered_map<CardRef, CardInputs> cards_;
  Counts counts_;
};

}  // namespace cw::cli
