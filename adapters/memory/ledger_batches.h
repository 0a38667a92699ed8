// Records on their way to the ledger's file, in the very frames that will lie there.
//
// A frame's payload is a batch of items, about 64 KiB: the record's length (4 bytes), the key (16), kept
// until (8, Unix milliseconds), the record. Integers are little-endian. A torn or damaged batch is lost as a
// whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/memory/framed_file.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

// Thread-compatible.
class LedgerBatches {
 public:
  static constexpr size_t kLengthBytes = 4;
  static constexpr size_t kItemBytes = kLengthBytes + 24;  // what an item takes besides its record

  // What adding a record takes, at most.
  [[nodiscard]] static size_t BytesFor(std::string_view record) {
    return FramedFile::kFrameHead + kItemBytes + record.size();
  }

  // No bytes: there is no record.
  void Add(const Key& key, std::string_view record, TimePoint keep_until);
  // As if `earlier` had been added before all that is here.
  void Prepend(LedgerBatches earlier);
  // Empty again, with the memory that it has.
  void Clear();

  // All of it in whole frames; they lie there until the next change.
  [[nodiscard]] std::string_view Close();

  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] size_t size() const { return frames_.size(); }
  [[nodiscard]] size_t capacity() const { return frames_.capacity(); }

 private:
  std::string frames_;          // whose heads are not filled in
  std::vector<size_t> starts_;  // of the frames
};

}  // namespace latchkey
