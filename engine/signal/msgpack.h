// The part of MessagePack (https://msgpack.org, specification of 2017) that packed values use: integers,
// strings and arrays. Redis' Lua reads and writes the same bytes with its cmsgpack library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey {

// Appends to a string of its own. Thread-compatible.
class MsgpackWriter {
 public:
  MsgpackWriter() : bytes_(256, '\0') {}  // What most values need.
  void Int(int64_t value);
  void Array(size_t size);  // the next `size` values are its elements
  void Bytes(std::string_view value);
  [[nodiscard]] std::string Take() {
    bytes_.resize(size_);
    return std::move(bytes_);
  }

 private:
  // The next `size` bytes to write.
  char* Grow(size_t size) {
    if (bytes_.size() - size_ < size) bytes_.resize(2 * bytes_.size() + size);
    size_ += size;
    return bytes_.data() + size_ - size;
  }
  void Head(int head, uint64_t value, size_t width);

  std::string bytes_;  // longer than what is written, which grows into it
  size_t size_ = 0;
};

// Reads values one after the other; after the first malformed one everything answers zero and ok() is false.
// Never reads past its input, whatever the input is. Thread-compatible.
class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) : rest_(bytes) {}
  int64_t Int();
  // A string; empty for anything else.
  std::string_view Bytes();
  // The number of elements, which is never more than there are bytes left.
  size_t Array();
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }

 private:
  uint64_t Big(int width);
  uint8_t Byte();
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace latchkey
