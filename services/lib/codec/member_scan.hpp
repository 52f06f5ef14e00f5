#pragma once

#include "lib/codec/limits.hpp"
#include "lib/codec/scan_stream.hpp"

#include <rapidjson/reader.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Private to lib/codec: scanners of one object whose members are known.
namespace cw::codec {

template <class Word>
[[nodiscard]] Word load(const char* at) noexcept {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Compares texts of up to 16 bytes without a call: two words that may overlap.
[[nodiscard]] inline bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  const char* x = a.data();
  const char* y = b.data();
  const std::size_t size = a.size();
  if (size > 16) return a == b;
  if (size >= 8) {
    return load<std::uint64_t>(x) == load<std::uint64_t>(y) &&
           load<std::uint64_t>(x + size - 8) == load<std::uint64_t>(y + size - 8);
  }
  if (size >= 4) {
    return load<std::uint32_t>(x) == load<std::uint32_t>(y) &&
           load<std::uint32_t>(x + size - 4) == load<std::uint32_t>(y + size - 4);
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

/// RapidJSON's handler for one flat object. `Derived` names its members in the order in which our
/// writers put them,
///   static constexpr std::array<std::string_view, n> kNames;  // n <= 32; the first is "v"
///   static constexpr std::uint32_t kRequired;                 // bits by place in kNames
/// and takes their values: bool take_text(std::size_t member, std::string_view),
/// take_number(member, std::uint64_t), take_flag(member, bool), open_object(member),
/// close_object(), take_name(std::string_view) (of a member inside that object); each false ends
/// the scan. Any member that is unknown or repeated ends it too.
template <class Derived>
class MemberScan {
 public:
  [[nodiscard]] bool complete() const noexcept {
    return (seen_ & Derived::kRequired) == Derived::kRequired;
  }

  // NOLINTBEGIN(readability-identifier-naming): RapidJSON's handler concept.
  bool Null() { return false; }
  bool Bool(bool value) { return self().take_flag(member_, value); }
  bool Int(int /*value*/) { return false; }  // Only negative ones come here.
  bool Uint(unsigned value) { return take_number(value); }
  bool Int64(std::int64_t /*value*/) { return false; }
  bool Uint64(std::uint64_t value) { return take_number(value); }
  bool Double(double /*value*/) { return false; }
  bool RawNumber(const char* /*text*/, rapidjson::SizeType /*size*/, bool /*copy*/) {
    return false;
  }
  bool StartArray() { return false; }
  bool EndArray(rapidjson::SizeType /*elements*/) { return false; }
  bool String(const char* text, rapidjson::SizeType size, bool /*copy*/) {
    return size != TextStream::kEscaped && self().take_text(member_, {text, size});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool /*copy*/) {
    if (size == TextStream::kEscaped) return false;
    return depth_ == 1 ? find({text, size}) : self().take_name({text, size});
  }
  bool StartObject() {
    ++depth_;
    if (depth_ == 1) return true;
    return depth_ == 2 && self().open_object(member_);
  }
  bool EndObject(rapidjson::SizeType /*members*/) {
    --depth_;
    return depth_ == 0 || self().close_object();
  }
  // NOLINTEND(readability-identifier-naming)

 private:
  [[nodiscard]] Derived& self() noexcept { return static_cast<Derived&>(*this); }

  bool take_number(std::uint64_t value) {
    return member_ == 0 ? value == 1 : self().take_number(member_, value);
  }

  /// Looks from the member after the last one on: our writers keep an order.
  bool find(std::string_view name) noexcept {
    constexpr std::size_t kSize = Derived::kNames.size();
    for (std::size_t tried = 0; tried < kSize; ++tried) {
      const std::size_t member = next_;
      next_ = next_ + 1 == kSize ? 0 : next_ + 1;
      if (!same_name(Derived::kNames[member], name)) continue;
      const std::uint32_t bit = std::uint32_t{1} << member;
      const bool repeated = (seen_ & bit) != 0;
      seen_ |= bit;
      member_ = member;
      return !repeated;
    }
    return false;
  }

  std::uint32_t seen_ = 0;
  std::size_t next_ = 0;
  std::size_t member_ = 0;
  int depth_ = 0;
};

/// True if `json` is one object that `Scan`, made from `out`, takes whole.
template <class Scan, class Out>
[[nodiscard]] bool scan_members(std::string_view json, Out& out) {
  if (json.size() > kMessageBytesMax) return false;
  TextStream stream(json);
  Scan scan(out);
  rapidjson::Reader reader;
  // In-situ is what makes the reader hand out the stream's own text.
  const bool parsed = !reader.Parse<rapidjson::kParseInsituFlag>(stream, scan).IsError();
  return parsed && stream.at_end() && scan.complete();
}

}  // namespace cw::codec
