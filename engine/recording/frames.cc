#include "engine/recording/frames.h"

#include <array>

#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xEDB8'8320U ^ (c >> 1U) : c >> 1U;
    table[i] = c;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t Feed(uint32_t crc, std::string_view bytes) {
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(c)) & 0xFFU] ^ (crc >> 8U);
  return crc;
}

void PutInt(uint32_t value, std::string& out) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((value >> shift) & 0xFFU));
}

}  // namespace

uint32_t Crc32(std::string_view a, std::string_view b) { return ~Feed(Feed(~0U, a), b); }

uint32_t FrameIntAt(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i > 0; --i) value = (value << 8U) | static_cast<uint8_t>(bytes[at + i - 1]);
  return value;
}

std::string EncodeHeader(const RecordingHeader& header) {
  MsgpackWriter fields;
  fields.Array(4);
  fields.Bytes(header.environment);
  fields.Int(header.names ? 1 : 0);
  fields.Int(header.started.time_since_epoch().count());
  fields.Int(header.share_millionths);
  std::string out(kRecordingMagic);
  PutInt(kRecordingVersion, out);
  const std::string packed = fields.Take();
  PutInt(static_cast<uint32_t>(packed.size()), out);
  out += packed;
  PutInt(Crc32(out), out);
  return out;
}

void AppendFrame(std::string_view payload, std::string& out) {
  const size_t begin = out.size();
  PutInt(static_cast<uint32_t>(payload.size()), out);
  const uint32_t crc = Crc32(std::string_view(out).substr(begin, 4), payload);
  PutInt(crc, out);
  out += payload;
}

}  // namespace latchkey
