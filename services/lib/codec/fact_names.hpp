#pragma once

#include "lib/domain/fact.hpp"
#include "lib/domain/report.hpp"
#include "lib/domain/text_ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// Private to lib/codec: the names that the facts of one block have in common, each written once.
namespace cw::codec {

/// Numbers ids and codes from 0 in the order in which they are first asked for.
class FactNames {
 public:
  FactNames() { forget_codes(); }

  [[nodiscard]] std::uint32_t number(std::string_view id) {
    const auto before = ids_.size();
    const auto number = ids_.add(0, id);
    if (ids_.size() != before) bytes_ += id.size() + kQuotesBytes;
    return number;
  }

  /// The same for an enumerator whose text is a constant, without looking at the text again.
  template <class Code>
  [[nodiscard]] std::uint32_t number(Code code) {
    auto& known = codes_of(code)[static_cast<std::size_t>(code)];
    if (known == TextIds::kNone) known = number(text(code));
    return known;
  }

  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  /// Of what append() writes.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_ == 0 ? 0 : bytes_ - 1; }
  /// All of them as the inside of a JSON array; `out` must have room for bytes().
  [[nodiscard]] char* append(char* out) const noexcept;

  void clear() {
    ids_ = {};
    bytes_ = 0;
    forget_codes();
  }

 private:
  static constexpr std::size_t kQuotesBytes = 3;  ///< And a comma.
  static constexpr std::size_t kCodesMax = 32;
  using Codes = std::array<std::uint32_t, kCodesMax>;

  [[nodiscard]] Codes& codes_of(Outcome) noexcept { return codes_[0]; }
  [[nodiscard]] Codes& codes_of(FraudType) noexcept { return codes_[1]; }
  [[nodiscard]] Codes& codes_of(FraudDisposition) noexcept { return codes_[2]; }
  void forget_codes() noexcept {
    for (auto& codes : codes_) codes.fill(TextIds::kNone);
  }

  TextIds ids_;
  std::size_t bytes_ = 0;
  std::array<Codes, 3> codes_;
};

}  // namespace cw::codec
