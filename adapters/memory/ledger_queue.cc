#include "adapters/memory/ledger_queue.h"

#include <utility>

namespace latchkey {
namespace {

// Memory beyond this is not kept for the next round.
constexpr size_t kSpareBytesMax = 4 * LedgerQueue::kWorthWriting;

}  // namespace

LedgerQueue::Added LedgerQueue::Add(const Key& key, std::string_view record, TimePoint keep_until) {
  Lane& lane = lanes_[(key.high ^ key.low) % kLanes];
  const MutexLock lock(lane.mutex);
  Added added = Added::kWaits;
  if (lane.waiting.size() + LedgerBatches::BytesFor(record) > lane_bytes_max_) {
    lane.waiting = LedgerBatches();
    added = Added::kOverran;
  }
  const size_t before = lane.waiting.size();
  lane.waiting.Add(key, record, keep_until);
  const bool worth = before < kWorthWriting && lane.waiting.size() >= kWorthWriting;
  return worth ? Added::kWorthWriting : added;
}

absl::Status LedgerQueue::Drain(absl::FunctionRef<absl::Status(std::string_view frames)> write) {
  for (Lane& lane : lanes_) {
    LedgerBatches taken;
    {
      const MutexLock lock(lane.mutex);
      if (lane.waiting.empty()) continue;
      taken = std::exchange(lane.waiting, std::move(lane.spare));
    }
    if (absl::Status status = write(taken.Close()); !status.ok()) {
      const MutexLock lock(lane.mutex);
      lane.waiting.Prepend(std::move(taken));
      return status;
    }
    taken.Clear();
    lane.spare = taken.capacity() <= kSpareBytesMax ? std::move(taken) : LedgerBatches();
  }
  return absl::OkStatus();
}

size_t LedgerQueue::bytes() const {
  size_t bytes = 0;
  for (const Lane& lane : lanes_) {
    const MutexLock lock(lane.mutex);
    bytes += lane.waiting.size();
  }
  return bytes;
}

}  // namespace latchkey
