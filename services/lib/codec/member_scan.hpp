#pragma once

#include "lib/codec/limits.hpp"
#include "lib/codec/scan_stream.hpp"

#include <rapidjson/reader.h>

#include <array>
#include <charconv>
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
/// empties what it fills in start(), and takes their values: bool take_text(std::size_t member,
/// std::string_view), take_number(member, std::uint64_t), take_flag(member, bool),
/// open_object(member), close_object(), take_name(std::string_view) (of a member inside that
/// object); each false ends the scan. Any member that is unknown or repeated ends it too.
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

/// The inside of a plain string at `at`, which is moved behind it.
[[nodiscard]] inline bool take_plain(const char*& at, const char* end, std::string_view& out) {
  if (at == end || *at != '"') return false;
  const char* const close = end_of_plain_text(at + 1, end);
  if (close == end || *close != '"') return false;
  out = {at + 1, static_cast<std::size_t>(close - at - 1)};
  at = close + 1;
  return true;
}

/// An object of plain strings.
template <class Scan>
[[nodiscard]] bool take_texts(Scan& scan, std::size_t member, const char*& at, const char* end) {
  if (!scan.open_object(member)) return false;
  do {
    ++at;  // The brace or a comma.
    std::string_view name;
    std::string_view value;
    if (!take_plain(at, end, name) || at == end || *at != ':') return false;
    ++at;
    if (!take_plain(at, end, value) || at == end) return false;
    if (!scan.take_name(name) || !scan.take_text(member, value)) return false;
  } while (*at == ',');
  return *at++ == '}' && scan.close_object();
}

/// One value at `at`, which is moved behind it. False: of another form than our writers have.
template <class Scan>
[[nodiscard]] bool take_value(Scan& scan, std::size_t member, const char*& at, const char* end) {
  const std::string_view rest{at, static_cast<std::size_t>(end - at)};
  if (rest.starts_with('"')) {
    std::string_view text;
    return take_plain(at, end, text) && scan.take_text(member, text);
  }
  if (rest.starts_with('{')) return take_texts(scan, member, at, end);
  if (rest.starts_with("true") || rest.starts_with("false")) {
    const bool value = rest.front() == 't';
    at += value ? 4 : 5;
    return scan.take_flag(member, value);
  }
  std::uint64_t value = 0;
  const auto read = std::from_chars(at, end, value);
  if (read.ec != std::errc{} || (*at == '0' && read.ptr != at + 1)) return false;
  at = read.ptr;
  return member == 0 ? value == 1 : scan.take_number(member, value);
}

/// The quick way for what our writers write: no blanks, members in their order. False says nothing
/// of `json`: it may be of another form.
template <class Scan>
[[nodiscard]] bool scan_in_order(std::string_view json, Scan& scan) {
  const char* at = json.data();
  const char* const end = at + json.size();
  if (!json.starts_with('{')) return false;
  std::uint32_t seen = 0;
  for (std::size_t member = 0; member < Scan::kNames.size(); ++member) {
    const auto name = Scan::kNames[member];
    // Before the name a brace or comma and a quote, behind it a quote, a colon and a value.
    if (static_cast<std::size_t>(end - at) < name.size() + 5) return false;
    if (at[1] != '"' || !same_name({at + 2, name.size()}, name)) continue;
    if (at[name.size() + 2] != '"' || at[name.size() + 3] != ':') continue;
    at += name.size() + 4;
    if (!take_value(scan, member, at, end) || at == end) return false;
    seen |= std::uint32_t{1} << member;
    if (*at == '}') return at + 1 == end && (seen & Scan::kRequired) == Scan::kRequired;
    if (*at != ',') return false;
  }
  return false;
}

/// True if `json` is one object that `Scan`, made from `out`, takes whole.
template <class Scan, class Out>
[[nodiscard]] bool scan_members(std::string_view json, Out& out) {
  if (json.size() > kMessageBytesMax) return false;
  Scan quick(out);
  quick.start();
  if (scan_in_order(json, quick)) return true;
  TextStream stream(json);
  Scan scan(out);
  scan.start();
  rapidjson::Reader reader;
  // In-situ is what makes the reader hand out the stream's own text.
  const bool parsed = !reader.Parse<rapidjson::kParseInsituFlag>(stream, scan).IsError();
  return parsed && stream.at_end() && scan.complete();
}

}  // namespace cw::codec
