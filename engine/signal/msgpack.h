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
  MsgpackWriter() { bytes_.reserve(256); }  // What most values need.
  void Int(int64_t value);
  void Array(size_t size);  // the next `size` values are its elements
  void Bytes(std::string_view value);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string Take() { return std::move(bytes_); }

 private:
  void Big(uint64_t value, int width);
  std::string bytes_;
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
