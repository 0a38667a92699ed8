// Where a memory store's writes go besides memory (ledger_log.h keeps them on disk).
#pragma once

#include <string_view>

#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

// Thread-safe.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // The record of `key` is `bytes` until `keep_until`; empty bytes: there is none. Must not block: it is
  // called under the lock that orders the writes of one key.
  virtual void Put(const Key& key, std::string_view bytes, TimePoint keep_until) = 0;
};

}  // namespace latchkey
