// The bytes of a record, version 2: what Redis keeps. The same facts as version 1 (record_codec.h), laid out
// so that Lua changes them in place. All numbers are big-endian and of a fixed width, times are Unix
// milliseconds:
//
//   version u8, epoch u48, bytes of slots u16, of series u24, of reservations, wrong_tags and spent u16 each
//   then these five, groups one after the other:
//
//   slots         lane u8, id u48, index u16, since u48, seen u48, length u8, name
//   series        id u32, entries u16, then for each: at u48, count u24 [, member u48 where distinct]
//   reservations  id u48, at u48, lane u8, sub u16, tag + 1 or 0 u24
//   wrong_tags    lane u8, sub u16, tag u16, at u48
//   spent         id u48, until u48
//
// A number that is too wide for its place is written as the largest one that is not; a series without entries
// is not written, and of what is too much for its place (no policy allows that much) the latest is.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/signal/record.h"

namespace latchkey {

// Of one entry.
inline constexpr uint32_t kFlatCountMax = 0xFFFFFF;

// Whether bytes are of this version or a later one of its kind: these begin with their number, which is no
// letter; version 1 begins with the head of an array.
[[nodiscard]] inline bool IsFlatRecord(std::string_view bytes) {
  return !bytes.empty() && bytes.front() >= 0x02 && bytes.front() < 0x20;
}

// An empty record is the empty string.
[[nodiscard]] std::string EncodeFlatRecord(const Record& record);

// As DecodeRecord, which calls it for bytes of this version.
[[nodiscard]] absl::StatusOr<Record> DecodeFlatRecord(std::string_view bytes);

// As EpochOf (record_codec.h) does.
[[nodiscard]] int64_t FlatEpochOf(std::string_view bytes);

// Whether DecodeFlatRecord would read these bytes; takes no memory.
[[nodiscard]] bool IsWholeFlatRecord(std::string_view bytes);

}  // namespace latchkey
