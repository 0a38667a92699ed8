// The part of MessagePack (https://msgpack.org, specification of 2017) that packed values use: integers,
// strings and arrays. Redis' Lua reads and writes the same bytes with its cmsgpack library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace latchkey {

// Writes values one after the other. Thread-compatible.
class MsgpackWriter {
 public:
  MsgpackWriter() = default;
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
  void Array(size_t size);  // the next `size` values are its elements
  void Bytes(std::string_view value);

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
    for (size_t i = 0; i < kWidth; ++i) at[i] = static_cast<char>(value >> (8 * (kWidth - 1 - i)));
    size_ += 1 + kWidth;
  }
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
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool AtEnd() const { return at_ == end_; }

 private:
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
    uint64_t value = 0;
    for (size_t i = 0; i < kWidth; ++i) value = (value << 8U) | static_cast<uint8_t>(at_[i]);
    at_ += kWidth;
    return value;
  }
  int64_t OtherInt(uint8_t head);
  size_t LargeArray(uint8_t head);

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace latchkey
