// A record on its way between a store and whoever asked it: packed, unpacked or both.
//
// A store that keeps bytes hands those out; most who ask never look inside, so a record is unpacked by the
// first look. Reads like a pointer to a Record that is never null.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/signal/few_bytes.h"
#include "engine/signal/record.h"

namespace latchkey {

// Thread-compatible, but the first look inside counts as a change.
class KeptRecord {
 public:
  KeptRecord() = default;
  KeptRecord(Record record)  // NOLINT(google-explicit-constructor): either is the same record
      : record_(std::move(record)) {}
  // Requires: these are the bytes of a record.
  static KeptRecord Packed(std::string_view bytes) {
    KeptRecord kept;
    kept.bytes_.Assign(bytes);
    return kept;
  }

  [[nodiscard]] const Record& operator*() const { return record_ ? *record_ : Look(); }
  const Record* operator->() const { return &**this; }
  operator const Record&() const { return **this; }  // NOLINT(google-explicit-constructor)

  // Its epoch, for which it need not be unpacked.
  [[nodiscard]] int64_t epoch() const;

  // The record, to be changed.
  Record& Mutable() {
    Unpack();
    bytes_.Clear();
    return *record_;
  }
  // Adds its bytes.
  void AppendTo(std::string& bytes) const;

  // After this, looks inside change nothing: for a record that several threads read.
  void Unpack() const {
    if (!record_) Look();
  }

  friend bool operator==(const KeptRecord& a, const KeptRecord& b) { return *a == *b; }
  friend bool operator==(const KeptRecord& a, const Record& b) { return *a == b; }

 private:
  const Record& Look() const;

  mutable std::optional<Record> record_;  // without a value: `bytes_` is the record
  FewBytes<120> bytes_;                   // empty beside a record: not known
};

}  // namespace latchkey
