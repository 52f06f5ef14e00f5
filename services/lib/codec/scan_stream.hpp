#pragma once

#include <rapidjson/reader.h>

#include <bit>
#include <cstddef>
#include <limits>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Private to lib/codec: what RapidJSON's reader reads from in the hot path.
namespace cw::codec {

/// The first quote, backslash or control character from `at` on, or `end`; 16 bytes at a time.
[[nodiscard]] inline const char* end_of_plain_text(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control = _mm_set1_epi8(0x1f);
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (found != 0) return at + std::countr_zero(found);
  }
#endif
  const auto special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  while (at != end && !special(*at)) ++at;
  return at;
}

/// A text for RapidJSON's in-situ parser that is never written to: strings come out as views of the
/// text itself; one with an escape, whose characters would have to move, has the size kEscaped.
class TextStream {
 public:
  using Ch = char;

  explicit TextStream(std::string_view text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  static constexpr rapidjson::SizeType kEscaped = std::numeric_limits<rapidjson::SizeType>::max();

  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }

  void skip_blanks() noexcept {
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ' && is_blank(*at_)) ++at_;
  }

  // NOLINTBEGIN(readability-identifier-naming): RapidJSON's stream concept.
  [[nodiscard]] Ch Peek() const noexcept { return at_ == end_ ? '\0' : *at_; }
  Ch Take() noexcept { return at_ == end_ ? '\0' : *at_++; }
  [[nodiscard]] std::size_t Tell() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

  /// The start of a string's inside.
  [[nodiscard]] Ch* PutBegin() noexcept {
    put_begin_ = at_;
    skip_plain();
    put_ = at_;
    // The parser only hands the pointer back to its handler, as const.
    return const_cast<Ch*>(put_begin_);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  }
  void Put(Ch /*c*/) noexcept { ++put_; }
  [[nodiscard]] std::size_t PutEnd(const Ch* /*begin*/) const noexcept {
    // One more than the size, for the NUL that the parser has put.
    return at_ == put_ ? static_cast<std::size_t>(put_ - put_begin_) : std::size_t{kEscaped} + 1;
  }
  void Flush() noexcept {}
  // NOLINTEND(readability-identifier-naming)

 private:
  static bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  void skip_plain() noexcept { at_ = end_of_plain_text(at_, end_); }

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* put_begin_ = nullptr;
  const char* put_ = nullptr;  ///< Where the parser would have written to.
};

}  // namespace cw::codec

/// Inlined into the parser, which skips blanks five times for each member.
template <>
[[gnu::always_inline]] inline void rapidjson::SkipWhitespace(cw::codec::TextStream& stream) {
  stream.skip_blanks();
}

/// The parser works on copies in registers.
template <>
struct rapidjson::StreamTraits<cw::codec::TextStream> {
  enum { copyOptimization = 1 };
};
