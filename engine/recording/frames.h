// A recording as bytes: a header that names its environment, then checksummed frames, one an event.
//
//   header: 8 bytes of magic, version (4), length of what follows but the checksum (4), a MessagePack array
//           (environment, whether names are kept, start in Unix milliseconds, share of accounts in
//           millionths), CRC-32 of all that (4)
//   frame:  length of the payload (4), CRC-32 of length and payload (4), the payload
//
// Integers are little-endian. Recordings may stand one behind the other, each with its header: files of a
// folder, entries of a stream.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace latchkey {

struct RecordingHeader {
  std::string environment;
  bool names = false;  // accounts and addresses in clear
  TimePoint started;
  int64_t share_millionths = 1'000'000;  // of accounts
  bool operator==(const RecordingHeader&) const = default;
};

inline constexpr std::string_view kRecordingMagic = "LKRECORD";
inline constexpr uint32_t kRecordingVersion = 1;
inline constexpr size_t kRecordingHeaderFixed = 16;  // magic, version, length
inline constexpr size_t kRecordingHeaderMax = 512;
inline constexpr size_t kFrameHead = 8;
inline constexpr size_t kFramePayloadMax = size_t{64} << 10U;

// CRC-32 as in zlib and Ethernet, of `a` followed by `b`.
[[nodiscard]] uint32_t Crc32(std::string_view a, std::string_view b = {});
// Requires: four bytes at `at`.
[[nodiscard]] uint32_t FrameIntAt(std::string_view bytes, size_t at);

[[nodiscard]] std::string EncodeHeader(const RecordingHeader& header);
// Requires: payload.size() <= kFramePayloadMax.
void AppendFrame(std::string_view payload, std::string& out);

}  // namespace latchkey
