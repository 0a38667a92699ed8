// ApplyCharge (shard.h) on packed records, without unpacking what does not change.
//
// Nearly every charge adds an entry to a few series and a reservation. Those series alone are unpacked, and
// changed by the same functions; everything else is copied as it is. A record's base stays what it was, so
// the bytes may differ from what EncodeRecord would make of the same record, which is equal in all else.
#pragma once

#include <string_view>

#include "engine/signal/msgpack.h"
#include "engine/signal/shard.h"

namespace latchkey {

// A record before and after a charge.
struct PackedChange {
  std::string_view before;
  bool changed = false;
  bool proven = false;  // it has slots or an epoch; a charge that is done here changes neither
  MsgpackWriter after;  // when changed

  // As it is now; valid for as long as this and `before` are.
  [[nodiscard]] std::string_view Now() const { return changed ? after.View() : before; }
};

// Says in `result` what ApplyCharge would, with a brief and without the records. False: this is one of the
// rare cases that only ApplyCharge can do; nothing was changed. Requires: both are the bytes of records.
[[nodiscard]] bool ChargePacked(const ChargeRequest& request, TimePoint now, PackedChange& account,
                                PackedChange& network, ChargeResult& result);

}  // namespace latchkey
