#include "engine/signal/msgpack.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace latchkey {

void MsgpackWriter::Grow(size_t size) {
  const size_t capacity = 2 * capacity_ + size;
  auto grown = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(grown.get(), data_, size_);
  large_ = std::move(grown);
  data_ = large_.get();
  capacity_ = capacity;
}

void MsgpackWriter::LongArray(size_t size) {
  char* at = Room(kHeadMax);
  if (size <= 0xFFFF) {
    Head<2>(at, 0xdc, size);
  } else {
    Head<4>(at, 0xdd, size);
  }
}

void MsgpackWriter::Bytes(std::string_view value) {
  char* at = Room(kHeadMax + value.size());
  if (value.size() <= 31) {
    *at = static_cast<char>(0xa0 | value.size());
    ++size_;
  } else if (value.size() <= 0xFFFF) {
    Head<2>(at, 0xda, value.size());
  } else {
    Head<4>(at, 0xdb, value.size());
  }
  size_ += value.copy(data_ + size_, value.size());
}

int64_t MsgpackReader::OtherInt(uint8_t head) {
  if (head >= 0xE0) return static_cast<int8_t>(head);
  switch (head) {
    case 0xCC:
      return static_cast<int64_t>(Big<1>());
    case 0xCD:
      return static_cast<int64_t>(Big<2>());
    case 0xD0:
      return static_cast<int8_t>(Big<1>());
    case 0xD1:
      return static_cast<int16_t>(Big<2>());
    case 0xD2:
      return static_cast<int32_t>(Big<4>());
    case 0xD3:
      return static_cast<int64_t>(Big<8>());
    case 0xCB: {  // Lua numbers that outgrew 32 bits come as doubles from some builds of cmsgpack.
      const auto value = std::bit_cast<double>(Big<8>());
      if (std::isfinite(value) && std::fabs(value) < 9e15 && std::trunc(value) == value)
        return static_cast<int64_t>(value);
      break;
    }
    default:
      break;
  }
  return Failed();
}

std::string_view MsgpackReader::Bytes() {
  if (!ok_ || at_ == end_) {
    ok_ = false;
    return {};
  }
  const auto head = static_cast<uint8_t>(*at_++);
  size_t size = 0;
  if ((head & 0xE0U) == 0xA0) {
    size = head & 0x1FU;
  } else if (head == 0xD9) {
    size = Big<1>();
  } else if (head == 0xDA) {
    size = Big<2>();
  } else if (head == 0xDB) {
    size = Big<4>();
  } else {
    ok_ = false;
  }
  if (size > Left()) ok_ = false;
  if (!ok_) return {};
  const std::string_view bytes(at_, size);
  at_ += size;
  return bytes;
}

size_t MsgpackReader::LargeArray(uint8_t head) {
  if (head == 0xDC) return Big<2>();
  if (head == 0xDD) return Big<4>();
  return static_cast<size_t>(Failed());
}

}  // namespace latchkey
