// The bytes of a record, version 1. A MessagePack array of eight elements:
//
//   [ 1, base, epoch, slots, series, reservations, wrong_tags, spent ]
//
// Times are milliseconds after `base` (itself Unix milliseconds), so that most take five bytes. The lists:
//   slots         lane, index, id, since, seen, name, …                 (five integers and a string each)
//   series        [ id, at, count, … ] or, distinct, [ id, at, count, member, … ]   (an array each)
//   reservations  id, at, lane, sub, tag + 1 or 0, …                    (five each)
//   wrong_tags    lane, sub, tag, at, …                                 (four each)
//   spent         id, until, …                                          (two each)
//
// No number is negative; none, nor any time, has more than 48 bits. Counts are at least one.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/signal/record.h"

namespace latchkey {

class MsgpackWriter;

inline constexpr int64_t kRecordVersion = 1;

// An empty record is the empty string.
[[nodiscard]] std::string EncodeRecord(const Record& record);

// Adds the same to `bytes`.
void AppendRecord(const Record& record, std::string& bytes);

// Parts of it, whose times count from `base`, for who changes packed records.
void WriteEntry(const Entry& entry, bool distinct, int64_t base, MsgpackWriter& out);
void WriteSeries(const Series& series, int64_t base, MsgpackWriter& out);
void WriteReservation(const Reservation& reservation, int64_t base, MsgpackWriter& out);
void WriteSlot(const Slot& slot, int64_t base, MsgpackWriter& out);
void WriteWrongTag(const WrongTag& tag, int64_t base, MsgpackWriter& out);

// Of this version or of flat_record_codec.h, which Redis keeps.
// kDataLoss for bytes that are not a record, kUnimplemented for a version this release does not read.
[[nodiscard]] absl::StatusOr<Record> DecodeRecord(std::string_view bytes);

// The epoch alone. Requires: these are the bytes of a record.
[[nodiscard]] int64_t EpochOf(std::string_view bytes);

}  // namespace latchkey
