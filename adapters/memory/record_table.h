// A bounded map from keys to packed records, cut into stripes with a lock each.
//
// Nothing live is ever evicted. A record is dropped when it expires, in small steps, and what does not fit
// is not put in: the caller asks `HasRoom` first. Records without proof may fill only a share of the table,
// so that whatever a flood invents, there is room left for the records of devices, familiar sources and
// owners.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"

namespace latchkey {

// Stripes must be locked (RecordTable::Lock) around Find, Prefetch, Put and Erase of their keys; all else is
// thread-safe.
class RecordTable {
 public:
  struct Bounds {
    size_t entries_max = 0;
    size_t bytes_max = 0;
    // The share of both that records without proof may fill with new records; with growth of old ones they
    // may fill half of the rest as well.
    double watermark = 0.5;
  };
  struct Entry {
    std::string bytes;
    TimePoint keep_until;
    bool proven = false;  // holds slots, an epoch or revoked ids
  };
  enum class Kind : uint8_t { kUnproven, kProven };

  // What one record costs beside its bytes: its place in the map and in the queue of expiries.
  static constexpr size_t kEntryOverhead = 128;
  static constexpr size_t kStripes = 256;
  // A record is looked at this often, so that one that was erased early leaves its place soon.
  static constexpr Duration kLookEvery = std::chrono::hours(1);

  // Holds the stripes of some keys, each once and in a fixed order, so that no two holders wait for one
  // another.
  class Lock {
   public:
    Lock(RecordTable& table, std::initializer_list<Key> keys);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    RecordTable& table_;
    std::array<uint16_t, 4> stripes_{};
    size_t count_ = 0;
  };

  explicit RecordTable(Bounds bounds) : bounds_(bounds) {}

  // The live entry of `key`, or null.
  [[nodiscard]] const Entry* Find(const Key& key, TimePoint now) const;
  void Put(const Key& key, std::string_view bytes, TimePoint now, TimePoint keep_until, Kind kind);
  void Erase(const Key& key);

  // Whether one more record of this kind has a place.
  [[nodiscard]] bool HasRoom(Kind kind) const;
  // Whether a record of this kind may grow by so many bytes.
  [[nodiscard]] bool MayGrow(Kind kind, size_t bytes) const;

  // Begins to load what Find of this key will read, so that two loads take the time of one.
  void Prefetch(const Key& key) const { stripes_[StripeOf(key)].entries.prefetch(key); }
  // Begins to load the record itself, which is elsewhere: for one that is read after another.
  void PrefetchBytes(const Key& key) const;

  // Looks at no more than `steps` records of the next `stripes` stripes whose time may be over and drops
  // those whose is. Answers how many.
  size_t Expire(TimePoint now, size_t steps, size_t stripes = kStripes);

  // Calls `visit` for every live record: one stripe after the other, each as it is at one moment.
  void ForEach(TimePoint now, const std::function<void(const Key&, const Entry&)>& visit) const;
  // The same for one stripe.
  void ForEachOfStripe(size_t stripe, TimePoint now,
                       const std::function<void(const Key&, const Entry&)>& visit) const;

  [[nodiscard]] size_t entries() const { return entries_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t proven() const { return proven_.load(std::memory_order_relaxed); }

 private:
  struct Due {
    TimePoint at;
    Key key;
  };
  struct Stripe {
    mutable Mutex mutex;
    absl::flat_hash_map<Key, Entry> entries;
    std::vector<Due> queue;  // a heap: one place a record, due no later than it expires
  };

  static size_t StripeOf(const Key& key) { return (key.high ^ key.low) % kStripes; }
  static size_t CostOf(const Entry& entry) { return entry.bytes.capacity() + kEntryOverhead; }
  void Account(const Entry& entry, bool added);
  size_t ExpireStripe(Stripe& stripe, TimePoint now, size_t& steps);

  const Bounds bounds_;
  std::array<Stripe, kStripes> stripes_;
  std::atomic<size_t> entries_{0};
  std::atomic<size_t> bytes_{0};
  std::atomic<size_t> proven_{0};
  std::atomic<size_t> proven_bytes_{0};
  std::atomic<size_t> next_stripe_{0};
};

}  // namespace latchkey
