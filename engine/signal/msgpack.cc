#include "engine/signal/msgpack.h"

#include <bit>
#include <cmath>

namespace latchkey {

void MsgpackWriter::Big(uint64_t value, int width) {
  char bytes[8];
  for (int i = width - 1; i >= 0; --i, value >>= 8U) bytes[i] = static_cast<char>(value & 0xFFU);
  bytes_.append(bytes, static_cast<size_t>(width));
}

void MsgpackWriter::Int(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  if (value >= 0) {
    if (value <= 0x7F) return Big(bits, 1);
    if (value <= 0xFF) return bytes_.push_back('\xcc'), Big(bits, 1);
    if (value <= 0xFFFF) return bytes_.push_back('\xcd'), Big(bits, 2);
    if (value <= 0xFFFF'FFFF) return bytes_.push_back('\xce'), Big(bits, 4);
    return bytes_.push_back('\xcf'), Big(bits, 8);
  }
  if (value >= -32) return Big(bits & 0xFF, 1);
  bytes_.push_back('\xd3');
  Big(bits, 8);
}

void MsgpackWriter::Array(size_t size) {
  if (size <= 15) return bytes_.push_back(static_cast<char>(0x90 | size));
  if (size <= 0xFFFF) return bytes_.push_back('\xdc'), Big(size, 2);
  bytes_.push_back('\xdd');
  Big(size, 4);
}

void MsgpackWriter::Bytes(std::string_view value) {
  if (value.size() <= 31) {
    bytes_.push_back(static_cast<char>(0xa0 | value.size()));
  } else if (value.size() <= 0xFFFF) {
    bytes_.push_back('\xda');
    Big(value.size(), 2);
  } else {
    bytes_.push_back('\xdb');
    Big(value.size(), 4);
  }
  bytes_.append(value);
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
