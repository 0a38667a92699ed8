// What this node has lately seen of the store's records, in case the store forgets them.
//
// The bytes as they came, bounded in age and number; the oldest go first. A store that was wiped answers
// emptily before anybody notices, so what was seen after the store was last known to be whole never replaces
// what was seen before: both are kept until it is.
//
// Thread-safe; Remember is called for every answer of the store and is cheap.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/store/record_key.h"

namespace latchkey {

class RecordMemory {
 public:
  struct Bounds {
    size_t bytes_max = size_t{64} << 20U;
    Duration age_max = std::chrono::minutes(10);
  };
  // What an entry costs beside its bytes.
  static constexpr size_t kEntryOverhead = 160;
  static constexpr size_t kStripes = 64;

  explicit RecordMemory(Bounds bounds) : bounds_(bounds) {}

  // The store's record is `bytes` (empty: there is none) at `now`, a time of the store.
  void Remember(const RecordKey& key, std::string bytes, TimePoint now);

  // Begins a look at the store: what is remembered from here on is not known to be whole yet. Answers which
  // look it is.
  [[nodiscard]] int64_t BeginLook() { return look_.fetch_add(1) + 1; }
  // That look found the store whole: what was remembered before it is.
  void Confirm(int64_t look);
  // While held, looks confirm nothing: what is to be put back is not replaced meanwhile.
  void Hold(bool held) { held_ = held; }

  struct Remembered {
    RecordKey key;
    std::vector<std::string> versions;  // one or two
  };
  // What one stripe (of kStripes) has seen no earlier than `since`.
  [[nodiscard]] std::vector<Remembered> OfStripe(size_t stripe, TimePoint since) const;

  [[nodiscard]] size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    std::string bytes;
    std::string whole;  // what was there when the store was last known to be whole, if `bytes` is younger
    TimePoint seen;
    int64_t look = 0;
  };
  struct Stripe {
    mutable Mutex mutex;
    absl::flat_hash_map<RecordKey, Entry> entries ABSL_GUARDED_BY(mutex);
    std::deque<std::pair<RecordKey, TimePoint>> queue ABSL_GUARDED_BY(mutex);
    size_t bytes ABSL_GUARDED_BY(mutex) = 0;
  };
  static size_t CostOf(const Entry& entry) {
    return entry.bytes.capacity() + entry.whole.capacity() + kEntryOverhead;
  }
  void Trim(Stripe& stripe, TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(stripe.mutex);

  const Bounds bounds_;
  std::array<Stripe, kStripes> stripes_;
  std::atomic<int64_t> look_{1};
  std::atomic<int64_t> confirmed_{0};
  std::atomic<bool> held_{false};
  std::atomic<size_t> bytes_{0};
};

}  // namespace latchkey
