#include "engine/recording/frames.h"

#include <array>

#include "engine/base/little_endian.h"
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

constexpr size_t kIntSize = 4;

}  // namespace

uint32_t Crc32(std::string_view a, std::string_view b) { return ~Feed(Feed(~0U, a), b); }

uint32_t FrameIntAt(std::string_view bytes, size_t at) {
  return static_cast<uint32_t>(LittleEndianAt(bytes, at, kIntSize));
}

std::string EncodeHeader(const RecordingHeader& header) {
  MsgpackWriter fields;
  fields.Array(4);
  fields.Bytes(header.environment);
  fields.Int(header.names ? 1 : 0);
  fields.Int(header.started.time_since_epoch().count());
  fields.Int(header.share_millionths);
  std::string out(kRecordingMagic);
  AppendLittleEndian(kRecordingVersion, kIntSize, out);
  const std::string packed = fields.Take();
  AppendLittleEndian(packed.size(), kIntSize, out);
  out += packed;
  AppendLittleEndian(Crc32(out), kIntSize, out);
  return out;
}

void AppendFrame(std::string_view payload, std::string& out) {
  const size_t begin = out.size();
  AppendLittleEndian(payload.size(), kIntSize, out);
  const uint32_t crc = Crc32(std::string_view(out).substr(begin, kIntSize), payload);
  AppendLittleEndian(crc, kIntSize, out);
  out += payload;
}

}  // namespace latchkey
