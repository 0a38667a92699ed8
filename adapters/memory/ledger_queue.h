// What waits to be written to the ledger's file. Writes of one key stay in their order; writers of different
// keys hardly ever wait for one another.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "adapters/memory/ledger_batches.h"
#include "engine/base/mutex.h"

namespace latchkey {

// Thread-safe, but for Drain, which one thread calls.
class LedgerQueue {
 public:
  static constexpr size_t kLanes = 16;
  // So much in one lane is worth a write.
  static constexpr size_t kWorthWriting = size_t{256} << 10U;

  // `bytes_max`: of all lanes together.
  explicit LedgerQueue(size_t bytes_max) : lane_bytes_max_(bytes_max / kLanes) {}

  enum class Added : uint8_t {
    kWaits,
    kWorthWriting,  // said once, when its lane comes to hold so much
    kOverran        // what waited in its lane was dropped
  };
  // No bytes: there is no record.
  Added Add(const Key& key, std::string_view record, TimePoint keep_until);

  // Gives whole frames to `write` until nothing waits. What it fails for waits on, before what came
  // meanwhile.
  absl::Status Drain(absl::FunctionRef<absl::Status(std::string_view frames)> write);

  [[nodiscard]] size_t bytes() const;

 private:
  struct alignas(64) Lane {
    mutable Mutex mutex;
    LedgerBatches waiting ABSL_GUARDED_BY(mutex);
    LedgerBatches spare;  // Drain's: empty, with the memory of one that was written
  };

  const size_t lane_bytes_max_;
  std::array<Lane, kLanes> lanes_;
};

}  // namespace latchkey
