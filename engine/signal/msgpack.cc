#include "engine/signal/msgpack.h"

#include <bit>
#include <cmath>

namespace latchkey {

// One byte that says what follows, then `width` bytes of a number, the highest first.
void MsgpackWriter::Head(int head, uint64_t value, size_t width) {
  char* at = Grow(1 + width);
  *at = static_cast<char>(head);
  for (size_t i = width; i > 0; --i, value >>= 8U) at[i] = static_cast<char>(value & 0xFFU);
}

void MsgpackWriter::Int(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  if (value >= -32 && value <= 0x7F) {
    *Grow(1) = static_cast<char>(value);
  } else if (value < 0) {
    Head(0xd3, bits, 8);
  } else if (value <= 0xFF) {
    Head(0xcc, bits, 1);
  } else if (value <= 0xFFFF) {
    Head(0xcd, bits, 2);
  } else if (value <= 0xFFFF'FFFF) {
    Head(0xce, bits, 4);
  } else {
    Head(0xcf, bits, 8);
  }
}

void MsgpackWriter::Array(size_t size) {
  if (size <= 15) {
    *Grow(1) = static_cast<char>(0x90 | size);
  } else if (size <= 0xFFFF) {
    Head(0xdc, size, 2);
  } else {
    Head(0xdd, size, 4);
  }
}

void MsgpackWriter::Bytes(std::string_view value) {
  if (value.size() <= 31) {
    *Grow(1) = static_cast<char>(0xa0 | value.size());
  } else if (value.size() <= 0xFFFF) {
    Head(0xda, value.size(), 2);
  } else {
    Head(0xdb, value.size(), 4);
  }
  value.copy(Grow(value.size()), value.size());
}

uint8_t MsgpackReader::Byte() {
  if (rest_.empty()) {
    ok_ = false;
    return 0;
  }
  const auto byte = static_cast<uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return byte;
}

uint64_t MsgpackReader::Big(int width) {
  if (rest_.size() < static_cast<size_t>(width)) {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  uint64_t value = 0;
  for (int i = 0; i < width; ++i) value = (value << 8U) | Byte();
  return value;
}

int64_t MsgpackReader::Int() {
  if (!ok_) return 0;
  const uint8_t head = Byte();
  if (head <= 0x7F) return head;
  if (head >= 0xE0) return static_cast<int8_t>(head);
  switch (head) {
    case 0xCC:
      return static_cast<int64_t>(Big(1));
    case 0xCD:
      return static_cast<int64_t>(Big(2));
    case 0xCE:
      return static_cast<int64_t>(Big(4));
    case 0xCF: {
      const uint64_t value = Big(8);
      if (value <= static_cast<uint64_t>(INT64_MAX)) return static_cast<int64_t>(value);
      break;
    }
    case 0xD0:
      return static_cast<int8_t>(Big(1));
    case 0xD1:
      return static_cast<int16_t>(Big(2));
    case 0xD2:
      return static_cast<int32_t>(Big(4));
    case 0xD3:
      return static_cast<int64_t>(Big(8));
    case 0xCB: {  // Lua numbers that outgrew 32 bits come as doubles from some builds of cmsgpack.
      const auto value = std::bit_cast<double>(Big(8));
      if (std::isfinite(value) && std::fabs(value) < 9e15 && std::trunc(value) == value)
        return static_cast<int64_t>(value);
      break;
    }
    default:
      break;
  }
  ok_ = false;
  return 0;
}

std::string_view MsgpackReader::Bytes() {
  if (!ok_) return {};
  const uint8_t head = Byte();
  size_t size = 0;
  if ((head & 0xE0U) == 0xA0) {
    size = head & 0x1FU;
  } else if (head == 0xD9) {
    size = Big(1);
  } else if (head == 0xDA) {
    size = Big(2);
  } else if (head == 0xDB) {
    size = Big(4);
  } else {
    ok_ = false;
  }
  if (size > rest_.size()) ok_ = false;
  if (!ok_) return {};
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

size_t MsgpackReader::Array() {
  if (!ok_) return 0;
  const uint8_t head = Byte();
  size_t size = 0;
  if ((head & 0xF0U) == 0x90) {
    size = head & 0x0FU;
  } else if (head == 0xDC) {
    size = Big(2);
  } else if (head == 0xDD) {
    size = Big(4);
  } else {
    ok_ = false;
  }
  if (size > rest_.size()) ok_ = false;
  return ok_ ? size : 0;
}

}  // namespace latchkey
