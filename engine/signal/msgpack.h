// The part of MessagePack (https://msgpack.org, specification of 2017) that packed values use: integers,
// strings and arrays. Redis' Lua reads and writes the same bytes with its cmsgpack library.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace latchkey {

// A number whose bytes in memory are the highest first, and the reverse.
[[nodiscard]] inline uint64_t BigEndian(uint64_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap64(value);
}

// Writes values one after the other. Thread-compatible.
class MsgpackWriter {
 public:
  // Not defaulted: that would clear its memory where it is part of a value that is initialised.
  MsgpackWriter() {}  // NOLINT(modernize-use-equals-default)
  MsgpackWriter(const MsgpackWriter&) = delete;
  MsgpackWriter& operator=(const MsgpackWriter&) = delete;

  void Int(int64_t value) {
    char* at = Room(kHeadMax);
    if (value >= -32 && value <= 0x7F) {
      *at = static_cast<char>(value);
      ++size_;
    } else if (value < 0) {
      Head<8>(at, 0xd3, static_cast<uint64_t>(value));
    } else if (value <= 0xFF) {
      Head<1>(at, 0xcc, static_cast<uint64_t>(value));
    } else if (value <= 0xFFFF) {
      Head<2>(at, 0xcd, static_cast<uint64_t>(value));
    } else if (value <= 0xFFFF'FFFF) {
      Head<4>(at, 0xce, static_cast<uint64_t>(value));
    } else {
      Head<8>(at, 0xcf, static_cast<uint64_t>(value));
    }
  }
  // The next `size` values are its elements.
  void Array(size_t size) {
    if (size > 15) return LongArray(size);
    *Room(kHeadMax) = static_cast<char>(0x90 | size);
    ++size_;
  }
  void Bytes(std::string_view value);

  // Values that are packed already.
  void Packed(std::string_view values) {
    if (values.empty()) return;
    std::memcpy(Room(values.size()), values.data(), values.size());
    size_ += values.size();
  }

  // What is written so far; valid until the next write.
  [[nodiscard]] std::string_view View() const { return {data_, size_}; }
  [[nodiscard]] std::string Take() const { return std::string(View()); }

 private:
  static constexpr size_t kHeadMax = 9;

  // Where the next bytes go; there is room for `size` of them.
  char* Room(size_t size) {
    if (capacity_ - size_ < size) Grow(size);
    return data_ + size_;
  }
  // One byte that says what follows, then a number of so many bytes, the highest first.
  template <size_t kWidth>
  void Head(char* at, int head, uint64_t value) {
    *at++ = static_cast<char>(head);
    const uint64_t highest_first = BigEndian(value << (64 - 8 * kWidth));
    std::memcpy(at, &highest_first, kWidth);
    size_ += 1 + kWidth;
  }
  void LongArray(size_t size);
  void Grow(size_t size);

  std::array<char, 512> small_;    // most values need no more
  std::unique_ptr<char[]> large_;  // once they do
  char* data_ = small_.data();
  size_t capacity_ = small_.size();
  size_t size_ = 0;
};

// Reads values one after the other; after the first malformed one everything answers zero and ok() is false.
// Never reads past its input, whatever the input is. Thread-compatible.
class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  int64_t Int() {
    if (!ok_ || at_ == end_) return Failed();
    const auto head = static_cast<uint8_t>(*at_++);
    if (head <= 0x7F) return head;
    if (head == 0xCE) return static_cast<int64_t>(Big<4>());
    if (head == 0xCF) return Natural(Big<8>());
    return OtherInt(head);
  }
  // A string; empty for anything else.
  std::string_view Bytes();
  // The number of elements, which is never more than there are bytes left.
  size_t Array() {
    if (!ok_ || at_ == end_) return static_cast<size_t>(Failed());
    const auto head = static_cast<uint8_t>(*at_++);
    const size_t size = (head & 0xF0U) == 0x90 ? head & 0x0FU : LargeArray(head);
    if (size > Left()) ok_ = false;
    return ok_ ? size : 0;
  }
  // Passes over so many integers.
  void SkipInts(size_t count) {
    for (; count > 0 && ok_; --count) {
      const size_t width = at_ == end_ ? 0 : IntWidth(static_cast<uint8_t>(*at_));
      ok_ = width > 0 && width <= Left();
      if (ok_) at_ += width;
    }
  }
  // The same for so many entries of a series: a time and a count each, of a distinct one a member besides.
  void SkipEntries(size_t count, bool distinct) {
    const size_t usual = distinct ? 15 : 6;
    for (; count > 0 && ok_; --count) {
      // Nearly all are 32 bits, one byte and 64 bits.
      if (Left() >= usual && IsHead(0, 0xCE) && (at_[5] & 0x80) == 0 && (!distinct || IsHead(6, 0xCF))) {
        at_ += usual;
      } else {
        SkipInts(distinct ? 3 : 2);
      }
    }
  }
  // Where the next value is.
  [[nodiscard]] const char* at() const { return at_; }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool AtEnd() const { return at_ == end_; }

 private:
  [[nodiscard]] bool IsHead(size_t at, uint8_t head) const { return static_cast<uint8_t>(at_[at]) == head; }
  // The bytes of an integer that begins with this one; none: it is no integer.
  static size_t IntWidth(uint8_t head) {
    if (head <= 0x7F || head >= 0xE0) return 1;
    if (head == 0xCB) return 9;
    if (head < 0xCC || head > 0xD3) return 0;
    return 1 + (size_t{1} << (head & 3U));
  }
  [[nodiscard]] size_t Left() const { return static_cast<size_t>(end_ - at_); }
  int64_t Failed() {
    ok_ = false;
    return 0;
  }
  template <size_t kWidth>
  uint64_t Big() {
    if (Left() < kWidth) {
      at_ = end_;
      return static_cast<uint64_t>(Failed());
    }
    uint64_t highest_first = 0;
    std::memcpy(&highest_first, at_, kWidth);
    at_ += kWidth;
    return BigEndian(highest_first) >> (64 - 8 * kWidth);
  }
  int64_t Natural(uint64_t value) {
    return value <= static_cast<uint64_t>(INT64_MAX) ? static_cast<int64_t>(value) : Failed();
  }
  int64_t OtherInt(uint8_t head);
  size_t LargeArray(uint8_t head);

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace latchkey
