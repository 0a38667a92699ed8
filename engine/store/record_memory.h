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
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/base/prefetch.h"
#include "engine/store/record_key.h"
#include "engine/store/record_log.h"

namespace latchkey {

class RecordMemory {
 public:
  struct Bounds {
    size_t bytes_max = size_t{64} << 20U;
    Duration age_max = std::chrono::minutes(10);
  };
  static constexpr size_t kStripes = 64;

  explicit RecordMemory(Bounds bounds) : stripes_(Made(bounds, std::make_index_sequence<kStripes>())) {}

  // The store's record is `bytes` (empty: there is none) at `now`, a time of the store.
  void Remember(const RecordKey& key, std::string_view bytes, TimePoint now);
  // Begins to load what Remember will look at, for whoever has something to do meanwhile.
  void Prefetch(const RecordKey& key) const {
    const Stripe& stripe = stripes_[StripeOf(key)];
    PrefetchLine<For::kWriting>(&stripe.mutex);
    stripe.log.Prefetch(key);
  }

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

  [[nodiscard]] size_t bytes() const;

 private:
  // Of a record's two versions the latest is what was seen last, and the former what was there when the store
  // was last known to be whole, if that is older.
  struct alignas(64) Stripe {
    explicit Stripe(const Bounds& bounds) : log(bounds.bytes_max / kStripes, bounds.age_max) {}
    RecordLog log;  // Prefetch is anybody's, the rest is guarded by `mutex`
    mutable Mutex mutex;
  };
  template <size_t... i>
  static std::array<Stripe, kStripes> Made(const Bounds& bounds, std::index_sequence<i...> /*each*/) {
    return {{(static_cast<void>(i), Stripe(bounds))...}};
  }
  static size_t StripeOf(const RecordKey& key) { return (key.key.high ^ key.key.low) % kStripes; }

  std::array<Stripe, kStripes> stripes_;
  std::atomic<int64_t> look_{1};
  std::atomic<int64_t> confirmed_{0};
  std::atomic<bool> held_{false};
};

}  // namespace latchkey
