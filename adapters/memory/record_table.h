// A bounded map from keys to packed records, cut into stripes with a lock each.
//
// Nothing live is ever evicted. A record is dropped when it expires, in small steps, and what does not fit
// is not put in: the caller asks `HasRoom` first. Records without proof may fill only a share of the table,
// so that whatever a flood invents, there is room left for the records of devices, familiar sources and
// owners.
//
// A record is one block of a pool (record_pool.h), and has a place of 16 bytes in its stripe's table besides
// (open addressing, linear probing). A hand goes round the places and drops what has expired; it looks into a
// block only when the place says that its time may be over.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/memory/page_pool.h"
#include "adapters/memory/record_pool.h"
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
  enum class Kind : uint8_t { kUnproven, kProven };

  // A record as it lies in memory: its bytes follow.
  class Entry {
   public:
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    [[nodiscard]] std::string_view bytes() const { return {reinterpret_cast<const char*>(this + 1), size_}; }
    [[nodiscard]] TimePoint keep_until() const { return keep_until_; }
    [[nodiscard]] bool proven() const { return proven_ != 0; }  // holds slots or an epoch

   private:
    friend class RecordTable;
    Entry(const Key& key, size_t capacity) : key_(key), capacity_(capacity & 0x7FFF'FFFFU), proven_(0) {}
    [[nodiscard]] size_t block() const { return sizeof(Entry) + capacity_; }

    Key key_;
    TimePoint keep_until_;
    uint32_t size_ = 0;
    uint32_t capacity_ : 31;
    uint32_t proven_ : 1;
  };

  // What one record costs beside its bytes, on average: its head, its place and what the pool adds.
  static constexpr size_t kEntryOverhead = 72;
  static constexpr size_t kStripes = 256;

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
  ~RecordTable();
  RecordTable(const RecordTable&) = delete;
  RecordTable& operator=(const RecordTable&) = delete;

  // The live entry of `key`, or null. Valid until this key is written to again.
  [[nodiscard]] const Entry* Find(const Key& key, TimePoint now) const;
  // `bytes` must not lie in the table.
  void Put(const Key& key, std::string_view bytes, TimePoint keep_until, Kind kind);
  void Erase(const Key& key);

  // Whether one more record of this kind has a place.
  [[nodiscard]] bool HasRoom(Kind kind) const;
  // Whether a record of this kind may grow by so many bytes.
  [[nodiscard]] bool MayGrow(Kind kind, size_t bytes) const;

  // Begins to load where Find of this key will look. Needs no lock.
  void Prefetch(const Key& key) const;
  // Begins to load the record itself, which is elsewhere.
  void PrefetchEntry(const Key& key) const;

  // Looks at no more than `steps` records of the next `stripes` stripes and drops those whose time is over.
  // Answers how many.
  size_t Expire(TimePoint now, size_t steps, size_t stripes = kStripes);

  // Calls `visit` for every live record: one stripe after the other, each as it is at one moment.
  void ForEach(TimePoint now, const std::function<void(const Key&, const Entry&)>& visit) const;
  // The same for one stripe.
  void ForEachOfStripe(size_t stripe, TimePoint now,
                       const std::function<void(const Key&, const Entry&)>& visit) const;

  [[nodiscard]] size_t entries() const { return entries_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t proven() const { return proven_.load(std::memory_order_relaxed); }
  // What the records' pages take of the system, used or not.
  [[nodiscard]] size_t held_bytes() const { return pages_.bytes(); }

 private:
  struct Place {
    uint32_t tag = 0;  // 32 bits of the key's hash: where it belongs, and nearly always which it is
    uint32_t due = 0;  // Unix seconds; its time is not over before
    Entry* entry = nullptr;
  };
  // What nearly all calls look at is one line of the cache.
  struct alignas(64) Stripe {
    [[nodiscard]] std::span<Place> all() const {
      return {places.load(std::memory_order_relaxed), count.load(std::memory_order_relaxed)};
    }

    mutable Mutex mutex;
    // Where the places are; for those who hold no lock and only begin to load, perhaps not any more.
    std::atomic<Place*> places{nullptr};
    std::atomic<size_t> count{0};
    size_t used = 0;

    std::vector<Place> owned;
    size_t hand = 0;
  };

  static size_t StripeOf(const Key& key) { return (key.high ^ key.low) % kStripes; }
  static uint32_t TagOf(const Key& key) {
    return static_cast<uint32_t>(((key.high ^ key.low) * 0x9E37'79B9'7F4A'7C15ULL) >> 32U);
  }
  static size_t HomeOf(uint32_t tag, size_t places) { return (uint64_t{tag} * places) >> 32U; }

  // The index of the key's place, or of none.
  static constexpr size_t kNone = ~size_t{0};
  static size_t PlaceOf(const Stripe& stripe, const Key& key, uint32_t tag);
  static void Insert(std::span<Place> places, const Place& place);
  static void Resize(Stripe& stripe, size_t places);
  static void Remove(Stripe& stripe, size_t at);
  RecordPool& PoolOf(const Key& key) { return pools_[StripeOf(key) % pools_.size()]; }
  Entry* Make(const Key& key, size_t bytes);
  void Free(Entry* entry);
  void Fill(Entry& entry, std::string_view bytes, TimePoint keep_until, Kind kind);
  // What is counted of an entry.
  struct Share {
    size_t entries = 0;
    size_t bytes = 0;
    size_t proven = 0;
    size_t proven_bytes = 0;
  };
  static Share ShareOf(const Entry& entry);
  // Threads share these counts, so only those are written that change.
  void Count(const Share& gone, const Share& come);
  void Drop(Stripe& stripe, size_t at);
  // Whether the hand has come to the end of the stripe.
  bool Sweep(Stripe& stripe, TimePoint now, size_t& steps, size_t& dropped);

  const Bounds bounds_;
  PagePool pages_;
  // Few, so that what they look at stays in the caches.
  std::array<RecordPool, 8> pools_;
  std::array<Stripe, kStripes> stripes_;
  std::atomic<size_t> entries_{0};
  std::atomic<size_t> bytes_{0};
  std::atomic<size_t> proven_{0};
  std::atomic<size_t> proven_bytes_{0};
  std::atomic<size_t> next_stripe_{0};
};

}  // namespace latchkey
