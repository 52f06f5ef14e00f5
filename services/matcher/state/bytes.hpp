#pragma once

#include "lib/base/assert.hpp"
#include "lib/base/time.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace cw::matcher {

static_assert(std::endian::native == std::endian::little, "what is stored would not be portable");

/// Memory that a ByteWriter fills; it is used again and only grows.
class ByteBuffer {
 public:
  [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }
  void clear() noexcept { size_ = 0; }
  /// Room for `more` bytes behind what is there; grown() says how many were written.
  [[nodiscard]] char* room(std::size_t more) {
    if (size_ + more > capacity_) grow(size_ + more);
    return data_.get() + size_;
  }
  void grown(std::size_t by) noexcept { size_ += by; }

 private:
  void grow(std::size_t least) {
    const auto capacity = std::max<std::size_t>(2 * least, 1024);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    std::copy_n(data_.get(), size_, larger.get());
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Appends the parts of a card's state to a buffer: numbers of 7 bits a byte (LEB128), instants
/// as 6 bytes of milliseconds since 1970 (enough until the year 10889), text with its length.
class ByteWriter {
 public:
  explicit ByteWriter(ByteBuffer& out) : out_(out) {}

  void byte(std::uint8_t value) {
    *out_.room(1) = static_cast<char>(value);
    out_.grown(1);
  }
  void number(std::uint64_t value) {
    constexpr std::size_t kNumberBytesMax = 10;
    auto* at = out_.room(kNumberBytesMax);
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7U) at[size++] = static_cast<char>(value | 0x80U);
    at[size++] = static_cast<char>(value);
    out_.grown(size);
  }
  void instant(Instant value) {
    const auto ms = value.time_since_epoch().count();
    std::memcpy(out_.room(sizeof ms), &ms, sizeof ms);
    out_.grown(6);
  }
  void text(std::string_view value) {
    number(value.size());
    raw(value);
  }
  void raw(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(out_.room(bytes.size()), bytes.data(), bytes.size());
    out_.grown(bytes.size());
  }

 private:
  ByteBuffer& out_;
};

/// Reads them back. The bytes are our own: a read beyond the end is a bug and stops the process.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool done() const noexcept { return at_ == end_; }
  [[nodiscard]] const char* position() const noexcept { return at_; }

  std::uint8_t byte() { return static_cast<std::uint8_t>(*take(1)); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
      if (next < 0x80) break;
    }
    return value;
  }
  std::uint32_t small() { return static_cast<std::uint32_t>(number()); }
  Instant instant() {
    std::uint64_t raw_ms = 0;
    std::memcpy(&raw_ms, take(6), 6);
    // Sign-extended from 48 bits: instants before 1970 stay what they are.
    const auto ms = static_cast<std::int64_t>(raw_ms << 16U) >> 16U;
    return Instant{std::chrono::milliseconds{ms}};
  }
  std::string_view text() {
    const auto size = number();
    return {take(size), size};
  }
  std::string_view raw(std::size_t size) { return {take(size), size}; }

 private:
  const char* take(std::size_t size) {
    CW_ASSERT(size <= static_cast<std::size_t>(end_ - at_));
    const auto* taken = at_;
    at_ += size;
    return taken;
  }

  const char* at_;
  const char* end_;
};

}  // namespace cw::matcher
