#include "engine/signal/kept_record.h"

#include "engine/base/check.h"
#include "engine/signal/record_codec.h"

namespace latchkey {

const Record& KeptRecord::Look() const {
  absl::StatusOr<Record> record = DecodeRecord(bytes_.View());
  LATCHKEY_CHECK(record.ok());
  return record_.emplace(*std::move(record));
}

int64_t KeptRecord::epoch() const {
  if (record_) return record_->epoch;
  return bytes_.empty() ? 0 : EpochOf(bytes_.View());
}

void KeptRecord::AppendTo(std::string& bytes) const {
  if (record_ && bytes_.empty()) return AppendRecord(*record_, bytes);
  bytes.append(bytes_.View());
}

}  // namespace latchkey
