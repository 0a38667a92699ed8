// Whatever bytes a store holds: reading them never crashes, and what is accepted can be evaluated and kept.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/signal/limit.h"
#include "engine/signal/record_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using latchkey::Duration;
  const absl::StatusOr<latchkey::Record> record =
      latchkey::DecodeRecord(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!record.ok()) return 0;
  const latchkey::Limit limit{.above = 5,
                              .window = std::chrono::hours(1),
                              .then = latchkey::Consequence::kLockout,
                              .hold = std::chrono::hours(1)};
  const latchkey::TimePoint now(Duration(1'700'000'000'000));
  for (const latchkey::Series& series : record->series) {
    const bool distinct = series.id.distinct();
    if (EvaluateLimit(limit, series.entries, distinct, 1, now, Duration(120'000)).count < 0) std::abort();
  }
  const absl::StatusOr<latchkey::Record> again = latchkey::DecodeRecord(latchkey::EncodeRecord(*record));
  if (!again.ok() || !(*again == *record)) std::abort();
  return 0;
}
