// Who lately logged in from which address and network, and how many different accounts do.
//
// Bounded: the place where nobody has logged in for longest is forgotten first; of each place the latest
// accounts are kept, and about how many there are. Thread-safe.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/attempt/key.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/detect/distinct_bits.h"
#include "engine/detect/recent_table.h"

namespace latchkey {

class LoginPlaces {
 public:
  // With more residents a shared address says next to nothing, whoever is among the latest.
  static constexpr size_t kLatest = 4;

  struct Login {
    Key account;
    TimePoint at;  // to the second
  };
  struct Place {
    std::vector<Login> latest;  // at most kLatest, in no order
    int64_t residents = 0;      // different accounts of the last one or two weeks, about
  };

  explicit LoginPlaces(size_t capacity);

  // Hints that Add will come, since so many places are seldom in the processor's caches. First the one, then,
  // a little later, the other, of all places that will be added to.
  void Expect(const Key& place) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    ShardOf(place).table.ExpectMarks(place);
  }
  void ExpectNow(const Key& place) const;
  void Add(const Key& place, const Key& account, TimePoint now);
  [[nodiscard]] Place Of(const Key& place) const;
  // Whether the account is among the latest of the place.
  [[nodiscard]] bool Knows(const Key& place, const Key& account) const;

 private:
  static constexpr size_t kShards = 16;
  static constexpr std::chrono::seconds kWeek = std::chrono::hours(24 * 7);

  // Two lines of the processor's cache. Times are Unix seconds.
  struct alignas(64) Entry {
    Key key;
    std::array<Key, kLatest> latest;
    std::array<uint32_t, kLatest> logged_in{};  // they did; 0: nobody
    uint32_t week = 0;
    DistinctBits<64> residents;
    DistinctBits<64> before;  // of the week before
  };
  static_assert(sizeof(Entry) == 128);
  struct Shard {
    explicit Shard(size_t capacity) : table(capacity, kWeek, Admission::kAlways) {}
    mutable Mutex mutex;
    mutable RecentTable<Entry> table ABSL_GUARDED_BY(mutex);
  };
  [[nodiscard]] Shard& ShardOf(const Key& place) const { return *shards_[place.low % kShards]; }

  std::array<std::unique_ptr<Shard>, kShards> shards_;
};

}  // namespace latchkey
